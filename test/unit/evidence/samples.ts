// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { AmdCollateral, Collateral } from "../../../src/core/trust";
import { onePem } from "../../../src/crypto/pem";
import { readCertificate } from "../../../src/crypto/x509";
import { AMD_ROOTS, INTEL_ROOT } from "../../../src/evidence/makerRoots";
import { readAmdAuthority } from "../../../src/evidence/quotes/amdCertificate";

export const SAMPLES = join(__dirname, "../../samples/attestation");
/** A moment at which all the samples' collateral holds. */
export const SAMPLE_AT = new Date("2025-06-25T00:00:00Z");
export const intelRoot = readCertificate(onePem("CERTIFICATE", INTEL_ROOT));
export const arkMilan = readAmdAuthority(onePem("CERTIFICATE", AMD_ROOTS));

export function sample(name: string): Uint8Array {
  return Uint8Array.from(readFileSync(join(SAMPLES, name)));
}

export function intelCollateral(kind: "tdx" | "sgx"): Collateral {
  return JSON.parse(readFileSync(join(SAMPLES, `${kind}_quote_collateral.json`), "utf8")) as Collateral;
}

export function amdCollateral(): AmdCollateral {
  return JSON.parse(readFileSync(join(SAMPLES, "snp_collateral.json"), "utf8")) as AmdCollateral;
}

/** How many of the changed copies were accepted, and that every refusal has a name. */
export function acceptedOf(bytes: Uint8Array, places: Iterable<number>, verify: (changed: Uint8Array) => unknown): number[] {
  const accepted: number[] = [];
  for (const bit of places) {
    const changed = bytes.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    try {
      verify(changed);
      accepted.push(bit);
    } catch (error) {
      if (typeof (error as { code?: unknown }).code !== "string" || (error as Error).name === "TypeError") throw error;
    }
  }
  return accepted;
}
