// SPDX-License-Identifier: Apache-2.0
import { sha256 } from "@noble/hashes/sha2.js";
import * as v from "valibot";
import { canonicalJson, type CanonicalValue } from "./canonicalJson";
import { envelopeSchema } from "./dsse";
import { toHex } from "./hex";
import { solutionHash } from "./inputs";
import { address, count, decimal, readJson, readShape, type Reading, sha256Hex } from "./schema";

/** What ran or was read, as the loader measured it. `Image`: a complete image; `Solution`: an archive run on a base image. */
export const runtimeInfoSchema = v.array(
  v.strictObject({
    type: v.picklist(["Image", "Solution", "Data"]),
    /** Bytes of the plain content. */
    size: count,
    hash: v.strictObject({ algo: v.literal("sha256"), hash: sha256Hex, encoding: v.literal("hex") }),
  }),
);
export type RuntimeInfo = v.InferOutput<typeof runtimeInfoSchema>;
export type RuntimeInfoEntry = RuntimeInfo[number];

/** What an order ran, and when it began (Unix seconds). */
export const workloadInfoSchema = v.strictObject({ created: count, runtimeInfo: runtimeInfoSchema });
export type WorkloadInfo = v.InferOutput<typeof workloadInfoSchema>;

/** Type of the DSSE payload: an in-toto statement. */
export const STATEMENT_TYPE = "application/vnd.in-toto+json";
export const PREDICATE_TYPE = "https://cloister.dev/order-report/v1";

/** The order report: an in-toto Statement v1 whose subjects are the actual image and data. */
export const statementSchema = v.strictObject({
  _type: v.literal("https://in-toto.io/Statement/v1"),
  subject: v.array(v.strictObject({ name: v.string(), digest: v.strictObject({ sha256: sha256Hex }) })),
  predicateType: v.literal(PREDICATE_TYPE),
  predicate: v.strictObject({
    chainId: decimal,
    orderBook: address,
    order: decimal,
    workloadInfo: workloadInfoSchema,
    /** How the workload was kept apart, and which limits held. */
    runner: v.strictObject({ name: v.string(), isolation: v.string(), limits: v.array(v.string()) }),
    argumentsHash: sha256Hex,
  }),
});
export type Statement = v.InferOutput<typeof statementSchema>;

/** Schema of report.json: chain of the order certificate (PEM, root first), the statement's middle in clear, the envelope. */
export const reportSchema = v.strictObject({
  certificate: v.pipe(v.string(), v.regex(/-----BEGIN CERTIFICATE-----/, "a PEM chain")),
  workloadInfo: workloadInfoSchema,
  envelope: envelopeSchema,
});
export type Report = v.InferOutput<typeof reportSchema>;

/** What the runtime measured of one input. */
export interface MeasuredInput {
  readonly type: RuntimeInfoEntry["type"];
  readonly size: number;
  /** sha256, 64 hex digits. */
  readonly hash: string;
}

/** Builds `runtimeInfo` from what was measured: solutions first, then data in input order. */
export function buildRuntimeInfo(inputs: readonly MeasuredInput[]): RuntimeInfo {
  const entry = ({ type, size, hash }: MeasuredInput): RuntimeInfoEntry => ({ type, size, hash: { algo: "sha256", hash, encoding: "hex" } });
  return [...inputs.filter((input) => input.type !== "Data"), ...inputs.filter((input) => input.type === "Data")].map(entry);
}

/** What a statement says beside its subjects, which follow from runtimeInfo. */
export type StatementContent = Statement["predicate"];

/** Builds the statement of an order. Subjects: `solution` (`solution-0002` …), then `input-0001` … as under /sp/inputs. */
export function buildStatement(predicate: StatementContent): Statement {
  return { _type: "https://in-toto.io/Statement/v1", subject: subjectsOf(predicate.workloadInfo.runtimeInfo), predicateType: PREDICATE_TYPE, predicate };
}

/** The subjects that belong to a runtimeInfo. */
export function subjectsOf(runtimeInfo: RuntimeInfo): Statement["subject"] {
  const digits = (index: number) => String(index).padStart(4, "0");
  let [solutions, inputs] = [0, 0];
  return runtimeInfo.map(({ type, hash }) => {
    const name = type === "Data" ? `input-${digits(++inputs)}` : ++solutions === 1 ? "solution" : `solution-${digits(solutions)}`;
    return { name, digest: { sha256: hash.hash } };
  });
}

/** The bytes of a statement that are signed. */
export function statementBytes(statement: Statement): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(statement));
}

/** Hashes of a report as the on-chain record holds them, hex without 0x. */
export interface ReportHashes {
  readonly solutionHash: string;
  readonly argumentsHash: string;
  readonly runtimeInfoHash: string;
  readonly payloadHash: string;
}

/** The record's hashes for a statement and its signed bytes. */
export function reportHashes(statement: Statement, payload: Uint8Array): ReportHashes {
  const { workloadInfo, argumentsHash } = statement.predicate;
  return {
    solutionHash: solutionHash(workloadInfo.runtimeInfo.filter(({ type }) => type !== "Data").map(({ hash }) => hash.hash)),
    argumentsHash,
    runtimeInfoHash: canonicalHash(workloadInfo.runtimeInfo),
    payloadHash: toHex(sha256(payload)),
  };
}

/** sha256 of the canonical JSON, 64 hex digits. */
export function canonicalHash(value: CanonicalValue): string {
  return toHex(sha256(new TextEncoder().encode(canonicalJson(value))));
}

function reading(name: string): Reading {
  return { what: name, code: "ReportInvalid", fix: "Fetch the report again with `orders get-report`." };
}

/** Reads the text of a report.json. */
export function parseReport(text: string, name = "report.json"): Report {
  return readShape(reportSchema, readJson(text, reading(name)), reading(name));
}

/** Reads the payload of a report's envelope. */
export function parseStatement(payload: Uint8Array): Statement {
  const what = reading("the report's statement");
  return readShape(statementSchema, readJson(new TextDecoder("utf-8").decode(payload), what), what);
}
