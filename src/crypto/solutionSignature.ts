// SPDX-License-Identifier: Apache-2.0
import { base64 } from "@scure/base";
import { CloisterError } from "../core/errors";
import { STATEMENT_TYPE } from "../core/report";
import { readSolutionStatement, type SolutionSignature, solutionStatement } from "../core/solutionSignature";
import { openEnvelope, signEnvelope } from "./dsse";
import { fromSpki, type KeyPair, keyFingerprint, toSpki } from "./keys";
import { decodeBase64 } from "./pem";

/**
 * Signatures of solution archives. An author signs the sha-256 of an archive (`solutions sign`); an offer's version may name the hash of the
 * author's key, as `signatureKeyHash` in its info: the sha-256 of the SubjectPublicKeyInfo, which `solutions generate-key` prints.
 *
 * For the loader: after an archive was decrypted and hashed, and before anything of it runs,
 *
 *   const signature = signatureOfResource(resource);                   // src/core/solutionSignature.ts
 *   assertSolutionSigned(signature, measured.hash, signatureKeyHash);  // throws: the workload's fault
 *
 * with the hash that was measured, never the one that the resource claims, and the key's hash from the offer's version, never from the
 * resource: the signature brings its own key, which means nothing until it is compared with the named one. Pure: no clock, no I/O.
 */

/** Signs an archive of this hash; `name` is for people, and is signed too. */
export function signSolution(key: KeyPair, name: string, sha256: string): SolutionSignature {
  return { publicKey: base64.encode(toSpki(key.publicKey)), envelope: signEnvelope(key, STATEMENT_TYPE, solutionStatement(name, sha256)) };
}

/** What a signature that holds says. */
export interface SignedSolution {
  readonly name: string;
  /** sha-256 of the signing key, 64 hex digits. */
  readonly keyHash: string;
}

/**
 * Checks that the named key signed exactly this archive.
 *
 * @param signature what came with the archive; undefined where nothing came.
 * @param sha256 of the archive, measured by the caller: 64 hex digits.
 * @param signatureKeyHash that the offer's version names: 64 hex digits. Without one any key's signature is checked for itself, which
 *   shows who signed and nothing about who may.
 * @throws CloisterError `SolutionNotSigned`, `SolutionSignedByAnother`, `SolutionSignatureMismatch`, `SolutionSignatureInvalid`,
 *   `WrongEnvelopeSignature`, `EnvelopeTypeWrong`, `KeyUnsupported`, `Base64Invalid`.
 */
export function assertSolutionSigned(signature: SolutionSignature | undefined, sha256: string, signatureKeyHash?: string): SignedSolution {
  if (signature === undefined) {
    throw new CloisterError("SolutionNotSigned", `The archive ${sha256} comes without a signature${signatureKeyHash === undefined ? "" : ` of the key ${signatureKeyHash}`}.`, "Its author signs it with `solutions sign`, and uploads it with `files upload --metadata <signature file>`.", { sha256, signatureKeyHash });
  }
  const publicKey = fromSpki(decodeBase64(signature.publicKey, "the signing key"));
  const keyHash = keyFingerprint(publicKey);
  if (signatureKeyHash !== undefined && keyHash !== signatureKeyHash.toLowerCase()) {
    throw new CloisterError("SolutionSignedByAnother", `The archive ${sha256} is signed by the key ${keyHash}, not by ${signatureKeyHash}.`, "Ask the solution's author: either the archive or the offer is not theirs.", { keyHash, signatureKeyHash });
  }
  const { subject: [subject] } = readSolutionStatement(openEnvelope(signature.envelope, publicKey, STATEMENT_TYPE));
  if (subject?.digest.sha256 !== sha256) {
    throw new CloisterError("SolutionSignatureMismatch", `The signature is of the archive ${subject?.digest.sha256}, not of ${sha256}.`, "Use the signature that belongs to the archive, or sign it again.", { signed: subject?.digest.sha256, sha256 });
  }
  return { name: subject.name, keyHash };
}
