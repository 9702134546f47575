// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import type { Envelope } from "../../core/dsse";
import { resourceSchema, type ResourcePlace } from "../../core/resource";
import type { SealedArguments } from "../../core/sealed";
import { address, ageRecipient, count, decimal, readJson, readShape, sha256Hex } from "../../core/schema";
import type { PlatformCollateral } from "../../core/trust";
import type { Signature } from "../../crypto/keys";
import type { Isolation } from "../runner/runner";

/** Raised whenever a message changes its meaning. */
export const PROTOCOL = 3;

const base64 = v.pipe(v.string(), v.base64("base64"));
const id = v.pipe(v.string(), v.regex(/^[A-Za-z0-9._-]{1,100}$/, "1 to 100 letters, digits, dots, dashes and underscores"));
const path = v.pipe(v.string(), v.startsWith("/", "an absolute path"));
const positive = v.pipe(v.number(), v.finite("a number"), v.gtValue(0, "above 0"));

/** A solution or data part of an order that comes from an offer, as the chain says. */
const part = v.strictObject({
  suborder: decimal,
  offer: decimal,
  version: count,
  kind: v.picklist(["solution", "data"]),
  /** Content hash of the offer's version. */
  contentHash: sha256Hex,
  /** Hash of the key that must have signed it, where the offer's version names one. */
  signatureKeyHash: v.optional(v.string()),
  /** The key release, as sealed by its owner; or, for public content, its resource in clear. */
  release: v.optional(base64),
  /** Id of the signed approval that completed the suborder in its owner's place. */
  approval: v.optional(v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/, "0x and 64 hex digits"))),
  resource: v.optional(resourceSchema),
});

/** A storage part of an order, as the chain says. */
const storage = v.strictObject({ suborder: decimal, offer: decimal });

/** The slot's limits; the same as the runner's. */
const limits = v.strictObject({ wallSeconds: positive, memoryBytes: positive, outputBytes: positive, scratchBytes: positive, processes: positive, cpuCores: positive, logBytes: positive });

/** An order to run. Nothing in it is believed further than signatures and sealed bytes confirm. */
export const runOrderSchema = v.strictObject({
  /** Name of this run in all later messages. */
  id,
  chainId: count,
  orderBook: address,
  order: decimal,
  offer: decimal,
  customer: address,
  resultRecipient: ageRecipient,
  solutionHash: sha256Hex,
  inputsHash: sha256Hex,
  argumentsHash: sha256Hex,
  /** How many inputs of their own the customer stated. */
  ownSolutions: count,
  ownData: count,
  /** A service runs until its lease or money ends and is then Done; a job that does so has failed. */
  service: v.boolean(),
  /** Of a service: seconds between two checkpoints. */
  checkpointSeconds: v.optional(positive),
  /** Sealed arguments. */
  sealed: base64,
  parts: v.array(part),
  /** Storage that was bought for the result. */
  storage: v.optional(v.array(storage)),
  limits,
  /** End of the lease as long as no report says when it began, Unix seconds. */
  endsAt: count,
  /** Directory that receives the encrypted result as `<id>.age`, and those of checkpoints as `<id>-<n>.age`. */
  results: path,
});
export type RunOrder = v.InferOutput<typeof runOrderSchema>;
export type OrderPart = RunOrder["parts"][number];

const controllerMessage = v.variant("type", [
  /** Asks for a request to the certification authority, with fresh evidence. */
  v.strictObject({ type: v.literal("quote") }),
  /** Brings the device's certificate chain, PEM, root first; also at each renewal. */
  v.strictObject({ type: v.literal("install"), chain: v.string() }),
  v.strictObject({ type: v.literal("register"), chainId: count, attestation: address, offer: decimal, provider: decimal }),
  v.strictObject({ type: v.literal("run"), order: runOrderSchema }),
  /** Answers `need`: paths of ciphertexts by the key the loader named. */
  v.strictObject({ type: v.literal("files"), id, files: v.record(v.string(), path) }),
  /** The report is on the chain. Of a service also: seconds from now that its lease and money allow. */
  v.strictObject({ type: v.literal("published"), id, paidSeconds: v.optional(count) }),
  /** Answers `storage`: grants of the order's storage parts that may still be used, sealed, newest first. */
  v.strictObject({ type: v.literal("grants"), id, grants: v.array(v.strictObject({ suborder: decimal, grant: base64 })) }),
  /** Lease or money of a running service changed: seconds since the report that they allow now. */
  v.strictObject({ type: v.literal("paid"), id, paidSeconds: count }),
  /** Ends a run: its customer canceled, or the machine is being stopped. */
  v.strictObject({ type: v.literal("cancel"), id, by: v.picklist(["customer", "machine"]) }),
  /** An order that was that an earlier loader reported: asks for a signed end. Answered with `finish`. */
  v.strictObject({ type: v.literal("lost"), id, chainId: count, orderBook: address, order: decimal, canceling: v.boolean(), usedSeconds: count, resultRecipient: ageRecipient, results: path }),
  v.strictObject({ type: v.literal("stop") }),
]);

/** What the controller tells the loader: one JSON object a line. */
export type ControllerMessage = v.InferOutput<typeof controllerMessage>;

/** Where the customer wants the sealed result, as sealed in the arguments. */
export type ResultStore = SealedArguments["resultStore"];

/** Where a store's grant lets this result go: the storage suborder, its store server, and a token that writes there and nothing else. */
export interface GrantedStore {
  readonly suborder: string;
  readonly url: string;
  readonly token: string;
}

/** Steps of an order as both log them. */
export type LoaderStep = "Decrypt the workload" | "Execute the workload" | "Encrypt the order result";

/** What the loader tells the controller: one JSON object a line. Bytes are base64, hashes 0x-hex as contracts take them. */
export type LoaderMessage =
  | { type: "hello"; protocol: number; publicKey: string; ageRecipient: string; device: string; runner: { name: string; isolation: Isolation; found: string } }
  | { type: "deviceRequest"; publicKey: string; ageRecipient: string; quote: string; collateral?: PlatformCollateral; proofOfPossession: string }
  | { type: "installed"; device: string; validUntil: number }
  | { type: "registration"; chainId: number; attestation: string; offer: string; provider: string; device: string; signature: Signature }
  /** Ciphertexts to fetch; the key is the sha-256 of the stored bytes, or the URL. */
  | { type: "need"; id: string; files: { key: string; place: ResourcePlace }[] }
  /** A result is to be stored: asks which grants its order has. */
  | { type: "storage"; id: string }
  /** For the machine's log. */
  | { type: "note"; id: string; line: string }
  | { type: "step"; id: string; name: LoaderStep; state: "started" | "done" }
  | {
      type: "report";
      id: string;
      record: { order: string; offer: string; solutionHash: string; argumentsHash: string; runtimeInfoHash: string; payloadHash: string; startedAt: number };
      signature: Signature;
      envelope: Envelope;
      /** PEM chain, root first, order certificate last. */
      certificate: string;
    }
  /** `result` is empty where nothing changed since the checkpoint before, or where there is nothing yet (a hash of zeros). */
  | { type: "checkpoint"; id: string; usedSeconds: number; resultHash: string; signature: Signature; result: string; size: number; store?: ResultStore; granted?: GrantedStore; note: string }
  | { type: "finish"; id: string; status: number; fault: number; resultHash: string; usedSeconds: number; signature: Signature; result: string; size: number; store?: ResultStore; granted?: GrantedStore; outcome: string }
  | { type: "abort"; id: string; fault: number; resultHash: string; signature: Signature; result?: string; size: number; store?: ResultStore; outcome: string }
  | { type: "error"; id?: string; code: string; message: string; fix?: string };

/** Reads one line of the controller. @throws CloisterError `LoaderMessageInvalid`; the message does not repeat the line. */
export function readControllerMessage(line: string): ControllerMessage {
  const reading = { what: "The controller's message", code: "LoaderMessageInvalid", fix: `Use a controller of the same version (protocol ${PROTOCOL}).` };
  return readShape(controllerMessage, readJson(line, reading), reading);
}

/** What passes between loader and platform on the loader's descriptor 3. */
export type QuoteRequest = { reportData: string };
export type QuoteAnswer = { quote: string; collateral?: PlatformCollateral } | { error: string };
