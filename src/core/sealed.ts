// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import type { CanonicalValue } from "./canonicalJson";
import { CloisterError } from "./errors";
import { argumentsHash, inputsHash, solutionHashOf } from "./inputs";
import { resourceSchema } from "./resource";
import { address, ageRecipient, count, decimal, readShape, sha256Hex } from "./schema";

const ARGUMENTS_KIND = "cloister/arguments/v1";
const KEY_RELEASE_KIND = "cloister/key-release/v1";

const canonicalValue: v.GenericSchema<CanonicalValue> = v.lazy(() =>
  v.union([v.null(), v.boolean(), v.number(), v.string(), v.array(canonicalValue), v.record(v.string(), canonicalValue)]),
);

const input = v.strictObject({
  kind: v.picklist(["solution", "data"]),
  offer: v.union([v.literal("own"), decimal]),
  version: count,
  hash: sha256Hex,
  /** Hash of the key that must have signed the content, where the offer's version names one: so that no controller can leave it out. */
  signatureKeyHash: v.optional(v.string()),
  resource: v.optional(resourceSchema),
});

const workloadArguments = v.strictObject({
  command: v.optional(v.array(v.string())),
  environment: v.optional(v.record(v.string(), v.string())),
  configuration: v.optional(canonicalValue),
  salt: v.string(),
});

const resultStore = v.variant("type", [
  v.strictObject({ type: v.literal("DIRECTORY"), path: v.pipe(v.string(), v.nonEmpty("a path")) }),
  /** A store server, with a token that stores and reads results there and nothing else. */
  v.strictObject({ type: v.literal("HTTP"), url: v.pipe(v.string(), v.url("a URL")), token: v.string() }),
  /** One object of an S3 bucket: presigned URLs to write it and to read it. */
  v.strictObject({ type: v.literal("S3"), put: v.pipe(v.string(), v.url("a URL")), get: v.pipe(v.string(), v.url("a URL")) }),
  v.strictObject({ type: v.literal("EVENT") }),
]);

/** What a customer seals to the device with an order: the inputs, how to reach the own ones, the arguments, and where the result goes. */
export const sealedArgumentsSchema = v.strictObject({
  kind: v.literal(ARGUMENTS_KIND),
  chainId: count,
  orderBook: address,
  customer: address,
  nonce: v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/, "0x and 64 hex digits")),
  inputs: v.array(input),
  inputsHash: sha256Hex,
  solutionHash: sha256Hex,
  arguments: v.optional(workloadArguments),
  argumentsHash: sha256Hex,
  resultRecipient: ageRecipient,
  resultStore,
});
export type SealedArguments = v.InferOutput<typeof sealedArgumentsSchema>;

const hashOrAny = v.union([v.literal("any"), sha256Hex]);

const releaseTerms = {
  kind: v.literal(KEY_RELEASE_KIND),
  chainId: count,
  orderBook: address,
  offer: decimal,
  offerVersion: count,
  dataHash: sha256Hex,
  solutionHash: sha256Hex,
  inputsHash: hashOrAny,
  argumentsHash: hashOrAny,
  resultRecipient: v.union([v.literal("any"), ageRecipient]),
  /** Unix seconds; the device refuses the release after it. */
  notAfter: count,
  resource: resourceSchema,
};

/** What a data owner seals to the device when completing a suborder: the key of one content, for one order, under named conditions. */
export const keyReleaseSchema = v.strictObject({ ...releaseTerms, order: decimal, suborder: decimal });
export type KeyRelease = v.InferOutput<typeof keyReleaseSchema>;

/**
 * What a data owner seals beside a signed approval, before there is an order: the same, for every order that the approval completes. Its
 * customer, uses and nonce make out, with the other fields and the hash of the sealed bytes themselves, which approval that is.
 */
export const approvedReleaseSchema = v.strictObject({
  ...releaseTerms,
  approval: v.strictObject({ customer: v.union([v.literal("any"), address]), uses: count, nonce: decimal }),
});
export type ApprovedRelease = v.InferOutput<typeof approvedReleaseSchema>;

/** Builds the sealed arguments; the three hashes are computed here so that they cannot disagree with the inputs. */
export function sealedArguments(given: Omit<SealedArguments, "kind" | "inputsHash" | "solutionHash" | "argumentsHash">): SealedArguments {
  return readSealedArguments({
    ...given,
    kind: ARGUMENTS_KIND,
    inputsHash: inputsHash(given.inputs),
    solutionHash: solutionHashOf(given.inputs),
    argumentsHash: argumentsHash(given.arguments),
  });
}

/** Builds a key release; `dataHash` is that of the resource. */
export function keyRelease(given: Omit<KeyRelease, "kind" | "dataHash">): KeyRelease {
  return readKeyRelease({ ...given, kind: KEY_RELEASE_KIND, dataHash: given.resource.hash.hash }) as KeyRelease;
}

/** Builds the key release of a signed approval; `dataHash` is that of the resource. */
export function approvedRelease(given: Omit<ApprovedRelease, "kind" | "dataHash">): ApprovedRelease {
  return readKeyRelease({ ...given, kind: KEY_RELEASE_KIND, dataHash: given.resource.hash.hash }) as ApprovedRelease;
}

/**
 * Checks opened sealed arguments: shape, kind, and that the three hashes are those of what it carries.
 *
 * @throws CloisterError `SealedKindMismatch`, `SealedArgumentsInvalid` or `SealedArgumentsMismatch`.
 */
export function readSealedArguments(value: unknown): SealedArguments {
  refuseOtherKind(value, ARGUMENTS_KIND);
  const fix = "Seal the arguments again with the tool that placed the order.";
  const sealed = readShape(sealedArgumentsSchema, value, { what: "The sealed arguments", code: "SealedArgumentsInvalid", fix });
  assertArguments(sealed, {
    inputsHash: inputsHash(sealed.inputs),
    solutionHash: solutionHashOf(sealed.inputs),
    argumentsHash: argumentsHash(sealed.arguments),
  });
  for (const [index, { offer, hash, resource }] of sealed.inputs.entries()) {
    if ((offer === "own") !== (resource !== undefined)) {
      const reason = offer === "own" ? "is an own input without its resource" : "carries the resource of an offer";
      throw new CloisterError("SealedArgumentsInvalid", `The sealed arguments: input ${index + 1} ${reason}.`, fix, { field: `inputs.${index}.resource` });
    }
    if (resource !== undefined && resource.hash.hash !== hash) {
      throw new SealedArgumentsMismatch(`inputs.${index}.hash`, hash, resource.hash.hash);
    }
  }
  return sealed;
}

/**
 * Checks the shape and kind of an opened key release; {@link assertKeyRelease} then compares it with the order.
 *
 * @throws CloisterError `SealedKindMismatch` or `KeyReleaseInvalid`.
 */
export function readKeyRelease(value: unknown): KeyRelease | ApprovedRelease {
  refuseOtherKind(value, KEY_RELEASE_KIND);
  const fix = "Complete the suborder again: `orders complete <id> --result <resource.json> --solution-hash <hash>`.";
  const reading = { what: "The key release", code: "KeyReleaseInvalid", fix };
  return "approval" in (value as object) ? readShape(approvedReleaseSchema, value, reading) : readShape(keyReleaseSchema, value, reading);
}

/** A field of sealed arguments that differs from the order on the chain. */
export class SealedArgumentsMismatch extends CloisterError {
  constructor(
    readonly field: string,
    readonly sealed: string,
    readonly actual: string,
  ) {
    super("SealedArgumentsMismatch", `The sealed arguments say ${field} ${sealed}, the order has ${actual}.`, "Place the order again with its own sealed arguments.", { field, sealed, actual });
  }
}

/** A field of a key release that differs from the order it is used for; `notAfter` compares with the present. */
export class KeyReleaseMismatch extends CloisterError {
  constructor(
    readonly field: string,
    readonly sealed: string,
    readonly actual: string,
  ) {
    super("KeyReleaseMismatch", `The key release is for ${field} ${sealed}, but the order has ${actual}.`, "The data owner has to release the key for this very order.", { field, sealed, actual });
  }
}

/** Compares the named fields of sealed arguments with what the chain says; throws {@link SealedArgumentsMismatch} on the first that differs. */
export function assertArguments(
  sealed: SealedArguments,
  actual: Partial<Pick<SealedArguments, "chainId" | "orderBook" | "customer" | "nonce" | "inputsHash" | "solutionHash" | "argumentsHash" | "resultRecipient">>,
): void {
  for (const field of Object.keys(actual) as (keyof typeof actual)[]) {
    const expected = actual[field];
    if (expected !== undefined && !sameValue(sealed[field], expected)) throw new SealedArgumentsMismatch(field, String(sealed[field]), String(expected));
  }
}

/** What the device knows of the order a key release is offered for. */
export interface ReleaseSubject {
  readonly chainId: number;
  readonly orderBook: string;
  readonly order: string;
  readonly suborder: string;
  /** Who placed it, as the sealed arguments say. */
  readonly customer: string;
  /** Id of the signed approval that completed the suborder, 0x-hex; undefined where its owner did. */
  readonly approval?: string;
  readonly offer: string;
  readonly offerVersion: number;
  readonly dataHash: string;
  readonly solutionHash: string;
  readonly inputsHash: string;
  readonly argumentsHash: string;
  readonly resultRecipient: string;
  /** The present, by the clock that the device trusts. */
  readonly at: Date;
}

/** Every compared field, in the order in which a difference is reported. */
const COMPARED = [
  "chainId",
  "orderBook",
  "offer",
  "offerVersion",
  "dataHash",
  "solutionHash",
  "inputsHash",
  "argumentsHash",
  "resultRecipient",
] as const;

/** The fields in which a data owner may say `any`. */
const MAY_BE_ANY: readonly string[] = ["inputsHash", "argumentsHash", "resultRecipient"];

/**
 * Checks that a key release was sealed for exactly this order, or for the signed approval that completed it.
 *
 * @param approvalId of a release beside a signed approval: the id that its fields and its bytes make out, 0x-hex.
 * @throws KeyReleaseMismatch for the first field that differs.
 */
export function assertKeyRelease(release: KeyRelease | ApprovedRelease, actual: ReleaseSubject, approvalId = ""): void {
  const named: [string, string, string][] =
    "approval" in release
      ? [["customer", release.approval.customer, actual.customer], ["approval", approvalId, actual.approval ?? "none"]]
      : [["order", release.order, actual.order], ["suborder", release.suborder, actual.suborder]];
  for (const [field, sealed, found] of named) {
    if ((field !== "customer" || sealed !== "any") && !sameValue(sealed, found)) throw new KeyReleaseMismatch(field, sealed, found);
  }
  for (const field of COMPARED) {
    if (release[field] === "any" && MAY_BE_ANY.includes(field)) continue;
    if (!sameValue(release[field], actual[field])) throw new KeyReleaseMismatch(field, String(release[field]), String(actual[field]));
  }
  if (release.resource.hash.hash !== release.dataHash) throw new KeyReleaseMismatch("resource.hash", release.resource.hash.hash, release.dataHash);
  const now = Math.floor(actual.at.getTime() / 1000);
  if (now > release.notAfter) throw new KeyReleaseMismatch("notAfter", String(release.notAfter), String(now));
}

/** Addresses and hashes may come in either case from the chain. */
function sameValue(sealed: string | number, actual: string | number): boolean {
  return String(sealed).toLowerCase() === String(actual).toLowerCase();
}

function refuseOtherKind(value: unknown, kind: string): void {
  const found = typeof value === "object" && value !== null && "kind" in value ? value.kind : undefined;
  if (found === kind) return;
  const given = found === ARGUMENTS_KIND || found === KEY_RELEASE_KIND ? found : "something else";
  throw new CloisterError("SealedKindMismatch", `Sealed bytes of kind ${kind} were expected, ${given} was found.`, "Hand each sealed file to the step it was made for.", { expected: kind, found: given });
}
