// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";

import { readJson, readShape, type Reading, sha256Hex } from "./schema";

const enumText = (most: number, expected: string) =>
  v.pipe(
    v.union([v.string(), v.number()]),
    v.transform(Number),
    v.check((value) => Number.isInteger(value) && value >= 0 && value <= most, expected),
  );
const wholeNumber = v.pipe(v.number(), v.integer("a whole number"), v.minValue(0, "0 or more"));
const amount = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.regex(/^\d+$/, "a whole number of token units (as text)"));
const offerId = v.pipe(v.union([v.string(), v.number()]), v.transform(String), v.regex(/^[1-9]\d*$/, "an offer id"));
const text = v.optional(v.string(), "");

/** An offer listed in restrictions: an id, or an id with a version (0 = any). */
const listedOffer = v.pipe(
  v.union([offerId, v.strictObject({ id: offerId, version: v.optional(wholeNumber, 0) })]),
  v.transform((entry) => (typeof entry === "string" ? { id: entry, version: 0 } : entry)),
);

const hash = v.strictObject({ algo: v.literal("sha256"), hash: v.string(), encoding: v.literal("hex") });

/**
 * Schema of offer-info.json of a value offer (storage, solution, data), as the original's files have it. Beyond them: `approval`
 * (automatic, manual or policy; default automatic where `resultResource` is set, else manual) and `restrictions.largest`
 * (offer type -> largest count in an order).
 */
export const valueOfferInfoSchema = v.strictObject({
  name: v.pipe(v.string(), v.nonEmpty("a name")),
  group: v.optional(enumText(2, '"0" (input), "1" (processing) or "2" (output)'), "0"),
  offerType: enumText(3, '"1" (storage), "2" (solution) or "3" (data)'),
  cancelable: v.optional(v.boolean(), false),
  description: text,
  restrictions: v.optional(
    v.strictObject({
      offers: v.optional(v.array(listedOffer), []),
      types: v.optional(v.array(enumText(3, 'an offer type, "0" to "3"')), []),
      largest: v.optional(v.record(v.picklist(["1", "2", "3"]), v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(255))), {}),
    }),
    { offers: [], types: [], largest: {} },
  ),
  input: text,
  output: text,
  allowedArgs: text,
  allowedAccounts: v.optional(v.array(v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/, "an address"))), []),
  argsPublicKey: text,
  resultResource: text,
  subType: v.optional(enumText(3, '"0" to "3"'), "0"),
  approval: v.optional(v.picklist(["automatic", "manual", "policy"])),
  version: v.optional(
    v.strictObject({
      version: v.optional(wholeNumber, 1),
      status: v.optional(enumText(1, '"0" (new) or "1" (deleted)'), "0"),
      info: v.optional(
        v.strictObject({
          hash: v.optional(hash),
          signatureKeyHash: v.optional(v.strictObject({ ...hash.entries, hash: sha256Hex })),
          metadata: v.optional(v.record(v.string(), v.unknown()), {}),
        }),
        { metadata: {} },
      ),
    }),
    { version: 1, status: "0", info: { metadata: {} } },
  ),
});
export type ValueOfferInfo = v.InferOutput<typeof valueOfferInfoSchema>;

const slotInfo = v.strictObject({
  cpuCores: v.pipe(v.number(), v.minValue(0, "0 or more")),
  gpuCores: v.pipe(v.number(), v.minValue(0, "0 or more")),
  diskUsage: wholeNumber,
  ram: wholeNumber,
  vram: wholeNumber,
});
const usage = v.strictObject({
  maxTimeMinutes: wholeNumber,
  minTimeMinutes: wholeNumber,
  price: amount,
  priceType: enumText(1, '"0" (per hour) or "1" (fixed)'),
});
const option = v.strictObject({ bandwidth: wholeNumber, externalPort: wholeNumber, traffic: wholeNumber });

/** Schema of slot-info.json: memory in bytes, bandwidth in bits per second, price in units of the token, times in minutes (0 = no limit). */
export const slotInfoSchema = v.strictObject({
  id: v.optional(v.union([v.string(), v.number()])),
  info: slotInfo,
  usage,
  option: v.optional(option, { bandwidth: 0, externalPort: 0, traffic: 0 }),
  metadata: v.optional(v.string(), ""),
});
export type SlotFile = v.InferOutput<typeof slotInfoSchema>;

/** Schema of an option file of a compute offer. */
export const optionInfoSchema = v.strictObject({ info: option, usage });
export type OptionFile = v.InferOutput<typeof optionInfoSchema>;

/** Schema of the info file of a compute offer. `compensation`: units of the security token owed for an order the machine lets down. */
export const teeOfferInfoSchema = v.strictObject({
  name: v.pipe(v.string(), v.nonEmpty("a name")),
  description: text,
  teeType: v.optional(v.string(), "TDX"),
  subType: v.optional(enumText(4, '"0" to "4"'), "2"),
  properties: text,
  argsPublicKey: text,
  hardwareInfo: v.strictObject({ slotInfo, optionInfo: option }),
  compensation: v.optional(amount, "0"),
});
export type TeeOfferInfo = v.InferOutput<typeof teeOfferInfoSchema>;

const account = v.optional(v.pipe(v.string(), v.regex(/^0x[0-9a-fA-F]{40}$/, "an address (0x and 40 hex digits)")));

/** providerInfo.json: accounts default to the acting one. */
export const providerInfoSchema = v.strictObject({
  name: v.pipe(v.string(), v.nonEmpty("a name")),
  description: text,
  metadata: text,
  tokenReceiver: account,
  actionAccount: account,
});
export type ProviderInfo = v.InferOutput<typeof providerInfoSchema>;

/** providerInfo.json of an update: what is left out stays. */
const providerChangesSchema = v.strictObject({
  name: v.optional(v.pipe(v.string(), v.nonEmpty("a name"))),
  description: v.optional(v.string()),
  metadata: v.optional(v.string()),
  tokenReceiver: account,
  actionAccount: account,
});
export type ProviderChanges = v.InferOutput<typeof providerChangesSchema>;

/**
 * The signing key that the text of a version names: a hash object, or its JSON, or the bare hash. What cannot be read is handed on as it
 * is: it is the hash of no key, so nothing is accepted as signed by it.
 */
export function signatureKeyIn(info: string): string | undefined {
  const named = memberOf(parsedOr(info), "signatureKeyHash");
  if (named === undefined || named === null || named === "") return undefined;
  const hashObject = typeof named === "string" ? parsedOr(named) : named;
  const digest = memberOf(hashObject, "hash") ?? named;
  return typeof digest === "string" ? digest.replace(/^0x/, "").toLowerCase() : JSON.stringify(digest);
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && name in value ? (value as Record<string, unknown>)[name] : undefined;
}

function parsedOr(text_: string): unknown {
  try {
    return JSON.parse(text_);
  } catch (error) {
    if (error instanceof SyntaxError) return text_;
    throw error;
  }
}

function readFileAs<Schema extends v.GenericSchema>(schema: Schema, text_: string, what: string, code: string): v.InferOutput<Schema> {
  const reading: Reading = { what, code, fix: "Correct the field in the file." };
  return readShape(schema, readJson(text_, reading), reading);
}

/** Reads the text of offer-info.json. @throws CloisterError `OfferInfoInvalid` naming the field. */
export function parseValueOfferInfo(content: string, name = "The offer info file"): ValueOfferInfo {
  return readFileAs(valueOfferInfoSchema, content, name, "OfferInfoInvalid");
}

/** Reads the text of a compute offer's info file. @throws CloisterError `OfferInfoInvalid` naming the field. */
export function parseTeeOfferInfo(content: string, name = "The offer info file"): TeeOfferInfo {
  return readFileAs(teeOfferInfoSchema, content, name, "OfferInfoInvalid");
}

/** Reads the text of slot-info.json. @throws CloisterError `SlotInfoInvalid` naming the field. */
export function parseSlotFile(content: string, name = "The slot info file"): SlotFile {
  return readFileAs(slotInfoSchema, content, name, "SlotInfoInvalid");
}

/** Reads the text of an option file. @throws CloisterError `SlotInfoInvalid` naming the field. */
export function parseOptionFile(content: string, name = "The option info file"): OptionFile {
  return readFileAs(optionInfoSchema, content, name, "SlotInfoInvalid");
}

/** Reads the text of providerInfo.json. @throws CloisterError `ProviderInfoInvalid` naming the field. */
export function parseProviderInfo(content: string, name = "The provider info file"): ProviderInfo {
  return readFileAs(providerInfoSchema, content, name, "ProviderInfoInvalid");
}

/** Reads the text of a providerInfo.json that changes a provider. @throws CloisterError `ProviderInfoInvalid` naming the field. */
export function parseProviderChanges(content: string, name = "The provider info file"): ProviderChanges {
  return readFileAs(providerChangesSchema, content, name, "ProviderInfoInvalid");
}
