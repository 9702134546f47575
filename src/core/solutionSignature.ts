// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { canonicalJson } from "./canonicalJson";
import { envelopeSchema } from "./dsse";
import { readJson, readShape, sha256Hex, type Reading } from "./schema";

/** What a solution's author signs: an in-toto Statement v1 about one archive. */
export const SOLUTION_PREDICATE = "https://cloister.dev/solution-signature/v1";

const statementSchema = v.strictObject({
  _type: v.literal("https://in-toto.io/Statement/v1"),
  subject: v.pipe(v.array(v.strictObject({ name: v.string(), digest: v.strictObject({ sha256: sha256Hex }) })), v.length(1, "a list of one archive")),
  predicateType: v.literal(SOLUTION_PREDICATE),
  predicate: v.strictObject({}),
});
export type SolutionStatement = v.InferOutput<typeof statementSchema>;

/** A detached signature: the signing key (SubjectPublicKeyInfo, base64) and the DSSE envelope with the statement. */
export const solutionSignatureSchema = v.strictObject({
  publicKey: v.pipe(v.string(), v.regex(/^[A-Za-z0-9+/=]{120,128}$/, "the base64 of a P-256 public key")),
  envelope: envelopeSchema,
});
export type SolutionSignature = v.InferOutput<typeof solutionSignatureSchema>;

/**
 * A signature file: an object with the signature as its only field, so that it serves as `files upload --metadata` as it is. The
 * resource file then carries the signature to whoever runs the archive.
 */
const fileSchema = v.strictObject({ solutionSignature: solutionSignatureSchema });

const FIX = "Use the file that `solutions sign` wrote, unchanged.";

function reading(name: string): Reading {
  return { what: name, code: "SolutionSignatureInvalid", fix: FIX };
}

/** The signed bytes for an archive: canonical JSON. */
export function solutionStatement(name: string, sha256: string): Uint8Array {
  const statement: SolutionStatement = { _type: "https://in-toto.io/Statement/v1", subject: [{ name, digest: { sha256 } }], predicateType: SOLUTION_PREDICATE, predicate: {} };
  return new TextEncoder().encode(canonicalJson(statement));
}

/** Reads signed bytes. @throws CloisterError `SolutionSignatureInvalid`. */
export function readSolutionStatement(bytes: Uint8Array): SolutionStatement {
  const what = "The signed statement";
  return readShape(statementSchema, readJson(new TextDecoder().decode(bytes), reading(what)), reading(what));
}

/** Reads the text of a signature file. @throws CloisterError `SolutionSignatureInvalid`. */
export function parseSolutionSignature(text: string, name = "The signature file"): SolutionSignature {
  return readShape(fileSchema, readJson(text, reading(name)), reading(name)).solutionSignature;
}

/** The text of a signature file. */
export function formatSolutionSignature(signature: SolutionSignature): string {
  return `${JSON.stringify({ solutionSignature: signature }, null, 2)}\n`;
}

/** The signature that a resource file carries; undefined where it carries none. @throws CloisterError `SolutionSignatureInvalid`. */
export function signatureOfResource({ metadata }: { readonly metadata?: Readonly<Record<string, unknown>> }): SolutionSignature | undefined {
  const found = metadata?.solutionSignature;
  return found === undefined ? undefined : readShape(solutionSignatureSchema, found, reading("The resource's signature"));
}
