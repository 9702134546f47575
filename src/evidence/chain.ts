// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import { type Certificate, type CertificateContent, isSignedBy, KeyUsageBit } from "../crypto/x509";

/** How a path is verified. */
export interface PathOptions<Kind extends CertificateContent = Certificate> {
  /** SHA-256 (hex) of the DER of every root that counts. */
  readonly pins: ReadonlySet<string>;
  /** The moment to verify for: old reports stay verifiable as of their block. */
  readonly at: Date;
  /** Whether the certificate was revoked, as of `at`, by the issuer above it. */
  readonly isRevoked?: (certificate: Kind, issuer: Kind) => boolean;
}

/**
 * Verifies a certification path, root first, down to its last certificate (RFC 5280, 6.1, for P-256 with SHA-256): pinned
 * root, issuer names, signatures, validity, CA bits, key usage and path lengths. Unknown critical extensions and malformed
 * encodings were refused when the certificates were read.
 *
 * @throws CloisterError named after the first rule that is broken.
 */
export function verifyPath(path: readonly Certificate[], options: PathOptions): void {
  verifyPathOf(path, options, isSignedBy);
}

/** The same for certificates whose signatures are of another kind: `isSigned` checks one, and that the names fit. */
export function verifyPathOf<Kind extends CertificateContent>(path: readonly Kind[], { pins, at, isRevoked }: PathOptions<Kind>, isSigned: (certificate: Kind, issuer: Kind) => boolean): void {
  const [root] = path;
  if (!root || !pins.has(root.fingerprint)) {
    throw refused("RootNotPinned", root, `is no pinned root (sha256 ${root?.fingerprint ?? "of nothing"})`, "Pin it in trust.json if you know and trust its owner.");
  }
  path.forEach((certificate, index) => {
    checkValidity(certificate, at);
    const issuer = path[index - 1];
    if (!issuer) return;
    // Authorities between this issuer and the last certificate, which does not count (RFC 5280, 4.2.1.9).
    checkAuthority(issuer, path.length - 1 - index);
    if (!isSigned(certificate, issuer)) {
      throw refused("WrongCertificateSignature", certificate, `is not signed by "${issuer.commonName}"`, "Ask for the chain that really belongs together.");
    }
    if (isRevoked?.(certificate, issuer)) {
      throw refused("CertificateRevoked", certificate, `was revoked by "${issuer.commonName}"`, "Choose another machine.");
    }
  });
}

/** Refuses a certificate that is not valid at that moment. */
export function checkValidity(certificate: CertificateContent, at: Date): void {
  if (at < certificate.validFrom) {
    throw refused("CertificateNotYetValid", certificate, `is valid only from ${certificate.validFrom.toISOString()}; asked for ${at.toISOString()}`, "Check the clock.");
  }
  if (at > certificate.validUntil) {
    throw refused("CertificateExpired", certificate, `ended at ${certificate.validUntil.toISOString()}; asked for ${at.toISOString()}`, "Ask for a renewed certificate, or verify as of the report's block.");
  }
}

/** Refuses an issuer that is not a CA, may not sign certificates, or has too many CAs below it. */
function checkAuthority(issuer: CertificateContent, authoritiesBelow: number): void {
  if (!issuer.isAuthority || !issuer.keyUsage?.[KeyUsageBit.keyCertSign]) {
    throw refused("NotCertificateAuthority", issuer, "is no certification authority, yet issued a certificate", "Do not trust this chain.");
  }
  if (issuer.pathLength !== undefined && issuer.pathLength < authoritiesBelow) {
    throw refused("PathLengthExceeded", issuer, `allows ${issuer.pathLength} authorities below it, the chain has ${authoritiesBelow}`, "Do not trust this chain.");
  }
}

function refused(code: string, certificate: CertificateContent | undefined, what: string, fix: string): CloisterError {
  return new CloisterError(code, `The certificate "${certificate?.commonName ?? "(none)"}" ${what}.`, fix, { certificate: certificate?.fingerprint });
}
