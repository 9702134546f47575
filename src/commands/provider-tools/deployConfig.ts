// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { readJson, readShape } from "../../core/schema";
import type { Context } from "../context";
import { readTextFile } from "../files/textFile";

const id = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.regex(/^[1-9]\d{0,14}$/, "an id"));
const path = v.pipe(v.string(), v.nonEmpty("a path"));
const whole = v.pipe(v.number(), v.integer("a whole number"), v.minValue(0, "0 or more"));

/** What `deploy tee` reads. Paths are relative to where the command is called. */
const teeSchema = v.strictObject({
  /** The compute offer; where absent one is registered, and noted here. */
  offer: v.optional(id),
  provider: v.optional(v.strictObject({ name: v.string(), description: v.optional(v.string(), "") })),
  offerInfo: v.optional(path),
  slotInfo: v.optional(v.array(path), []),
  optionInfo: v.optional(v.array(path), []),
  /** Tokens. */
  securityDeposit: v.optional(v.string()),
  runner: v.optional(v.picklist(["auto", "bubblewrap", "namespaces", "unisolated"])),
  drainSeconds: v.optional(whole),
});
export type TeeDeployment = v.InferOutput<typeof teeSchema>;

/** What `deploy data` and `deploy solution` read. */
const contentSchema = v.strictObject({
  /** Offers of approval kind policy, each with the resource file of its content. */
  contents: v.pipe(v.array(v.strictObject({ offer: id, result: path })), v.minLength(1, "a list of at least one content")),
  /** Solutions that the policy is to allow, as far as it says nothing of them yet. */
  allow: v.optional(v.array(v.strictObject({ solutionHash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "64 lower-case hex digits (a sha256)")), uses: v.optional(whole, 1), validMinutes: v.optional(whole, 43_200) })), []),
  acceptArguments: v.optional(v.boolean(), false),
  validMinutes: v.optional(whole, 1440),
  interval: v.optional(whole, 2000),
});
export type ContentDeployment = v.InferOutput<typeof contentSchema>;

/** @throws CloisterError `FileMissing`, `DeployConfigInvalid` naming the field. */
export function readTeeDeployment(context: Context, given: string): Promise<TeeDeployment> {
  return read(context, given, teeSchema);
}

/** @throws CloisterError `FileMissing`, `DeployConfigInvalid` naming the field. */
export function readContentDeployment(context: Context, given: string): Promise<ContentDeployment> {
  return read(context, given, contentSchema);
}

async function read<Schema extends v.GenericSchema>(context: Context, given: string, schema: Schema): Promise<v.InferOutput<Schema>> {
  const reading = { what: given, code: "DeployConfigInvalid", fix: "Correct the field; docs/running-a-machine.md shows a whole one." };
  return readShape(schema, readJson(await readTextFile(context.path(given)), reading), reading);
}
