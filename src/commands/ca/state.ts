// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";

import { CloisterError } from "../../core/errors";
import { fromPrivatePem, toPrivatePem } from "../../crypto/keys";
import { onePem, toPem } from "../../crypto/pem";
import type { Issuer } from "../../crypto/certificate";
import { type Certificate, readCertificate } from "../../crypto/x509";
import type { RootKind } from "../../evidence/trust";
import type { CertificationAuthority, NewAuthority } from "../../tee/certificationAuthority";
import { CertificationLog } from "../../tee/certificationLog";
import { writeFresh } from "../files/wholeFile";

/** A root with its key: to be kept without a network. */
export interface Root {
  readonly kind: RootKind;
  readonly issuer: Issuer;
}

/** The log of an authority's directory. */
export function logOf(directory: string): CertificationLog {
  return new CertificationLog(join(directory, "log.jsonl"));
}

/**
 * Writes a new authority apart: the root's directory (`root.pem`, `root-key.pem`, `kind`), which only a new sub CA needs, and the
 * sub CA's, which serves (see {@link writeSubCa}). Keys are for their owner only.
 *
 * @throws CloisterError `AuthorityExists`.
 */
export async function writeAuthority(directory: string, rootDirectory: string, authority: NewAuthority): Promise<void> {
  const { kind, root, rootKey } = authority;
  // Both are looked for first: a root whose sub CA cannot be written would be left behind.
  for (const path of [join(rootDirectory, "root-key.pem"), join(directory, "sub-ca-key.pem")]) if (existsSync(path)) throw authorityExists(path);
  await writeNew(rootDirectory, [
    ["root-key.pem", toPrivatePem(rootKey), 0o600],
    ["root.pem", certificatePem(root), 0o644],
    ["kind", `${kind}\n`, 0o644],
  ]);
  await writeSubCa(directory, authority);
}

/** Writes a sub CA's directory: `root.pem`, `sub-ca.pem`, `sub-ca-key.pem`, `kind`, and begins its log. @throws CloisterError `AuthorityExists`. */
export async function writeSubCa(directory: string, { kind, root, subCa }: CertificationAuthority): Promise<void> {
  await writeNew(directory, [
    ["sub-ca-key.pem", toPrivatePem(subCa.key), 0o600],
    ["root.pem", certificatePem(root), 0o644],
    ["sub-ca.pem", certificatePem(subCa.certificate), 0o644],
    ["kind", `${kind}\n`, 0o644],
  ]);
  const { fingerprint, serialNumber, validUntil } = subCa.certificate;
  await logOf(directory).append({ what: "begun", fingerprint, serial: serialNumber, until: validUntil.toISOString() }, new Date());
}

/** Reads a sub CA's directory. @throws CloisterError `AuthorityMissing`. */
export async function readAuthority(directory: string): Promise<CertificationAuthority> {
  const [root, key, certificate, kind] = await readAll(directory, ["root.pem", "sub-ca-key.pem", "sub-ca.pem", "kind"]);
  return { kind: kind!.trim() as RootKind, root: read(root!), subCa: { key: fromPrivatePem(key!), certificate: read(certificate!) } };
}

/** Reads a root's directory. @throws CloisterError `AuthorityMissing`. */
export async function readRoot(directory: string): Promise<Root> {
  const [root, key, kind] = await readAll(directory, ["root.pem", "root-key.pem", "kind"]);
  return { kind: kind!.trim() as RootKind, issuer: { key: fromPrivatePem(key!), certificate: read(root!) } };
}

export function certificatePem(certificate: Certificate): string {
  return toPem("CERTIFICATE", certificate.der);
}

function read(pem: string): Certificate {
  return readCertificate(onePem("CERTIFICATE", pem));
}

function readAll(directory: string, names: readonly string[]): Promise<string[]> {
  const text = (name: string) =>
    readFile(join(directory, name), "utf8").catch((error: unknown) => {
      throw new CloisterError("AuthorityMissing", `${join(directory, name)} cannot be read.`, "Make an authority with `ca init`, or name its directory.", { directory }, { cause: error });
    });
  return Promise.all(names.map(text));
}

async function writeNew(directory: string, files: readonly (readonly [name: string, content: string, mode: number])[]): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const [name, content, mode] of files) {
    await writeFresh(join(directory, name), content, mode).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
      throw authorityExists(join(directory, name));
    });
  }
}

function authorityExists(path: string): CloisterError {
  return new CloisterError("AuthorityExists", `${path} exists.`, "Choose another directory; an authority's keys are never overwritten.", { path });
}
