// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { CloisterError } from "../../core/errors";
import { fromPrivatePem, toPrivatePem } from "../../crypto/keys";
import { onePem, toPem } from "../../crypto/pem";
import { type Certificate, readCertificate } from "../../crypto/x509";
import type { RootKind } from "../../evidence/trust";
import type { CertificationAuthority, NewAuthority } from "../../tee/certificationAuthority";

/**
 * Writes an authority's directory: `root.pem`, `root-key.pem` (to be kept offline: only a new sub CA needs it), `sub-ca.pem`,
 * `sub-ca-key.pem`, `kind`. Keys are for their owner only.
 *
 * @throws CloisterError `AuthorityExists`.
 */
export async function writeAuthority(directory: string, { kind, root, rootKey, subCa }: NewAuthority): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const files: [name: string, content: string, mode: number][] = [
    ["root-key.pem", toPrivatePem(rootKey), 0o600],
    ["root.pem", certificatePem(root), 0o644],
    ["sub-ca-key.pem", toPrivatePem(subCa.key), 0o600],
    ["sub-ca.pem", certificatePem(subCa.certificate), 0o644],
    ["kind", `${kind}\n`, 0o644],
  ];
  for (const [name, content, mode] of files) {
    await writeFile(join(directory, name), content, { mode, flag: "wx" }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      throw new CloisterError("AuthorityExists", `${join(directory, name)} exists.`, "Choose another --directory; an authority's keys are never overwritten.", { directory });
    });
  }
}

/** Reads an authority's directory; the root's key need not be there. @throws CloisterError `AuthorityMissing`. */
export async function readAuthority(directory: string): Promise<CertificationAuthority> {
  const text = (name: string) =>
    readFile(join(directory, name), "utf8").catch((error: unknown) => {
      throw new CloisterError("AuthorityMissing", `${join(directory, name)} cannot be read.`, "Make an authority with `ca init`.", { directory }, { cause: error });
    });
  const [root, key, certificate, kind] = await Promise.all(["root.pem", "sub-ca-key.pem", "sub-ca.pem", "kind"].map(text));
  const read = (pem: string) => readCertificate(onePem("CERTIFICATE", pem));
  return { kind: kind!.trim() as RootKind, root: read(root!), subCa: { key: fromPrivatePem(key!), certificate: read(certificate!) } };
}

export function certificatePem(certificate: Certificate): string {
  return toPem("CERTIFICATE", certificate.der);
}
