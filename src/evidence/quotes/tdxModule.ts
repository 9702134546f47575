// SPDX-License-Identifier: Apache-2.0
import { hex } from "@scure/base";
import * as v from "valibot";
import { CloisterError } from "../../core/errors";
import { readJson, readShape } from "../../core/schema";
import type { TdxQuote } from "./tdxQuote";

const moduleShape = v.object({ mrsigner: v.string(), attributes: v.string(), attributesMask: v.string() });
const tcbInfoSchema = v.object({
  tdxModule: moduleShape,
  tdxModuleIdentities: v.optional(
    v.array(v.object({ id: v.string(), ...moduleShape.entries, tcbLevels: v.array(v.object({ tcb: v.object({ isvsvn: v.number() }), tcbStatus: v.string() })) })),
    [],
  ),
});

/**
 * Checks the TDX module of a quote against (signed) TCB info, as Intel's verification does and `@phala/dcap-qvl` does not:
 * its signer, its attributes and, from module version 1 on, that its security version is an accepted one.
 */
export function checkTdxModule(quote: TdxQuote, tcbInfo: string, acceptedTcbStatuses: readonly string[]): void {
  const reading = { what: "TCB info", code: "CollateralInvalid", fix: "Fetch the platform's collateral again." };
  const info = readShape(tcbInfoSchema, readJson(tcbInfo, reading), reading);
  // Intel signs its own modules with this all-zero "signer"; anything else is not Intel's module.
  if (quote.mrSignerSeam.some((byte) => byte !== 0)) throw refused("is not Intel's");

  const [isvSvn = 0, version = 0] = quote.teeTcbSvn;
  const id = `TDX_${version.toString(16).toUpperCase().padStart(2, "0")}`;
  const identity = info.tdxModuleIdentities.find((known) => known.id === id);
  if (version > 0 && !identity) throw refused(`${id} is unknown to the TCB info`);
  const expected = identity ?? info.tdxModule;
  if (hex.encode(quote.mrSignerSeam) !== expected.mrsigner.toLowerCase()) throw refused("has another signer than the TCB info names");
  const mask = hex.decode(expected.attributesMask.toLowerCase());
  const attributes = hex.decode(expected.attributes.toLowerCase());
  if (mask.length !== 8 || quote.seamAttributes.some((byte, index) => (byte & (mask[index] ?? 0xff)) !== attributes[index])) throw refused("has other attributes than the TCB info allows");

  if (!identity) return;
  const level = identity.tcbLevels.find(({ tcb }) => isvSvn >= tcb.isvsvn);
  if (!level || !acceptedTcbStatuses.includes(level.tcbStatus)) throw refused(`${id} with security version ${isvSvn} is ${level?.tcbStatus ?? "below every known level"}`);
}

function refused(what: string): CloisterError {
  return new CloisterError("TdxModuleRefused", `The platform's TDX module ${what}.`, "The machine's owner has to update its TDX module.");
}
