// SPDX-License-Identifier: Apache-2.0
import { hex } from "@scure/base";
import { CloisterError } from "../../core/errors";
import { DerReader, readWhole, Tag } from "../../crypto/der";
import type { Certificate } from "../../crypto/x509";

/** Intel's extension of PCK certificates (Intel SGX PCK Certificate and CRL Profile Specification, 1.3). */
export const SGX_EXTENSION = "1.2.840.113741.1.13.1";
const FMSPC = `${SGX_EXTENSION}.4`;

/** Family, model, stepping, platform and custom SKU of a PCK certificate's processor: 12 hex digits. */
export function platformFamily(pck: Certificate): string {
  const extension = pck.extensions.get(SGX_EXTENSION);
  const entries = new DerReader(extension ? readWhole(extension.value).content : new Uint8Array());
  while (!entries.done) {
    const entry = entries.enter();
    if (entry.objectIdentifier() === FMSPC) return hex.encode(entry.next(Tag.OctetString).content);
  }
  throw new CloisterError("QuoteRefused", `The certificate "${pck.commonName}" names no processor family (FMSPC).`, "Do not use this machine.");
}
