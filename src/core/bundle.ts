// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";

import { reportSchema } from "./report";
import { address, count, decimal, readJson, readShape, sha256Hex } from "./schema";
import { trustSchema } from "./trust";

const amount = v.pipe(decimal, v.transform((text: string) => BigInt(text)));
const bytes = v.pipe(v.string(), v.regex(/^0x(?:[0-9a-f]{2})*$/, "bytes as 0x and lower-case hex digits"));
const word = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/, "0x and 64 lower-case hex digits"));

const partSchema = v.strictObject({
  id: amount,
  offer: amount,
  provider: amount,
  type: count,
  version: count,
  status: count,
  price: amount,
  priceType: count,
  minMinutes: count,
  claimed: v.boolean(),
  since: count,
});

/** The order's record; {@link OrderRecord} with big numbers as decimal text. */
const orderSchema = v.strictObject({
  id: amount,
  customer: address,
  offer: amount,
  provider: amount,
  token: amount,
  status: count,
  deposit: amount,
  since: count,
  leaseMinutes: count,
  reported: v.boolean(),
  claimed: v.boolean(),
  simulatedAllowed: v.boolean(),
  commission: amount,
  solutionHash: sha256Hex,
  rate: amount,
  minMinutes: count,
  fixedCharge: amount,
  compensation: amount,
  parts: v.array(partSchema),
});

const logSchema = v.strictObject({
  address,
  topics: v.array(word),
  data: bytes,
  block: count,
  /** Within its block. */
  index: count,
  transaction: word,
});

/**
 * A bundle: everything public about one order in one file, so that somebody without a chain can verify it. It has ciphertexts as the
 * events carry them, and nothing that opens them.
 */
export const bundleSchema = v.strictObject({
  format: v.literal("cloister/bundle/v1"),
  market: v.strictObject({
    chainId: count,
    contracts: v.strictObject({ registry: address, catalog: address, orderBook: address, attestation: address, token: address }),
  }),
  /** Block as of which the order was read. */
  asOf: count,
  order: orderSchema,
  /** Raw logs, oldest first: the order's own, its claims, the registration of its device, and the transfers of its money. */
  logs: v.array(logSchema),
  /** Headers of the logs' blocks. */
  blocks: v.array(v.strictObject({ number: count, hash: word, timestamp: count })),
  /** As report.json has it: certificates with their evidence, and the signed statement. */
  report: v.optional(reportSchema),
  /** What whoever made the bundle believed. Whoever verifies it believes their own. */
  trust: trustSchema,
});
export type Bundle = v.InferOutput<typeof bundleSchema>;
export type BundleLog = Bundle["logs"][number];

/** Reads a bundle. @throws CloisterError `BundleInvalid`. */
export function parseBundle(text: string, name: string): Bundle {
  const reading = { what: name, code: "BundleInvalid", fix: "Give a file that `bundle create` made." };
  return readShape(bundleSchema, readJson(text, reading), reading);
}
