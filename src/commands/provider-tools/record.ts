// SPDX-License-Identifier: Apache-2.0
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import * as v from "valibot";
import { isCloisterError } from "../../core/errors";
import { readJson, readShape, type Reading } from "../../core/schema";
import type { Context } from "../context";
import { writeJsonFile } from "../files/textFile";

const id = v.pipe(v.string(), v.regex(/^\d+$/, "an id"));

/** What provider-tools did for this configuration. No key is in it; the chain knows everything that counts. */
const recordSchema = v.strictObject({
  account: v.string(),
  provider: id,
  offers: v.record(id, v.strictObject({ type: v.string(), name: v.string(), resourceFile: v.optional(v.string()), slots: v.array(id), options: v.optional(v.array(id)) })),
});
type ProviderRecord = v.InferOutput<typeof recordSchema>;

/** One registration, as it is remembered. */
export interface Registration {
  readonly account: string;
  readonly provider: bigint;
  readonly offer: bigint;
  readonly type: string;
  readonly name: string;
  readonly resourceFile?: string;
  readonly slots: readonly bigint[];
  readonly options?: readonly bigint[];
}

/** Adds a registration to provider-tools-config.json beside the configuration. That it cannot be written is said and spoils nothing. */
export async function remember(context: Context, { account, provider, offer, slots, options, type, name, resourceFile }: Registration): Promise<string> {
  const path = join(dirname(context.configPath), "provider-tools-config.json");
  const before = await readRecord(context, path);
  const offers = before?.account === account && before.provider === String(provider) ? before.offers : {};
  const known = offers[String(offer)];
  const entry = {
    type,
    name,
    ...(resourceFile !== undefined && { resourceFile }),
    slots: [...(known?.slots ?? []), ...slots.map(String)],
    ...(options !== undefined && { options: [...(known?.options ?? []), ...options.map(String)] }),
  };
  await writeJsonFile(path, { account, provider: String(provider), offers: { ...offers, [String(offer)]: entry } } satisfies ProviderRecord).catch((error: unknown) => note(context, error));
  return path;
}

async function readRecord(context: Context, path: string): Promise<ProviderRecord | undefined> {
  const text = await readFile(path, "utf8").catch(() => undefined); // there is none yet
  if (text === undefined) return undefined;
  const reading: Reading = { what: path, code: "RecordInvalid", fix: "A new one is written." };
  try {
    return readShape(recordSchema, readJson(text, reading), reading);
  } catch (error) {
    note(context, error);
    return undefined;
  }
}

function note(context: Context, error: unknown): void {
  if (!isCloisterError(error)) throw error;
  context.message(`${error.message} ${error.fix ?? ""}`);
}
