// SPDX-License-Identifier: Apache-2.0
import { wrongUsage } from "../command";
import { readTextFile } from "../files/textFile";

/** Bytes of a number of MiB. */
export function mebibytes(given: number | undefined): number | undefined {
  return given === undefined ? undefined : given * 2 ** 20;
}

/** The certificate and key that a server is given; undefined for plain HTTP. @throws CloisterError `WrongUsage`, `FileMissing`. */
export async function readTls(given: { readonly certificate?: string; readonly certificateKey?: string }, path: (given: string) => string): Promise<{ cert: string; key: string } | undefined> {
  const { certificate, certificateKey } = given;
  if (certificate === undefined && certificateKey === undefined) return undefined;
  if (certificate === undefined || certificateKey === undefined) throw wrongUsage("--certificate and --certificate-key go together.");
  return { cert: await readTextFile(path(certificate)), key: await readTextFile(path(certificateKey)) };
}
