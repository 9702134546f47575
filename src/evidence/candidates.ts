// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import { type AnchorName, type EvidenceKind, type PlatformCollateral } from "../core/trust";
import { chainFromPem } from "../crypto/certificateContents";
import type { EvidenceBasis } from "./examine";
import { platformFamily } from "./quotes/pck";
import { readSgxQuote } from "./quotes/sgxQuote";
import { readTdxQuote } from "./quotes/tdxQuote";
import type { Trust } from "./trust";

/** Everything a trust file has that a piece of evidence may be verified against. */
export interface Candidates {
  readonly anchor: AnchorName;
  readonly bases: readonly EvidenceBasis[];
}

/**
 * The anchor that evidence ends in, and the collateral for its processor. The root in the evidence only picks: the whole path
 * is verified afterwards.
 *
 * @throws CloisterError `AnchorNotTrusted`, `SimulatedNotAllowed`, `CollateralMissing`, or why the evidence cannot be read.
 */
export function candidatesFor(evidence: Uint8Array, kind: EvidenceKind, trust: Trust): Candidates {
  return kind === "sev-snp" ? amdCandidates(trust) : intelCandidates(evidence, kind, trust);
}

function intelCandidates(evidence: Uint8Array, kind: "tdx" | "sgx", trust: Trust): Candidates {
  const { pckChain } = kind === "tdx" ? readTdxQuote(evidence) : readSgxQuote(evidence);
  const chain = chainFromPem(pckChain);
  const root = chain.at(-1);
  const name = (["intel", "simulated"] as const).find((known) => trust.anchors[known]?.fingerprint === root?.fingerprint);
  const anchor = name && trust.anchors[name];
  if (!name || !anchor) {
    throw new CloisterError("AnchorNotTrusted", `The evidence ends in "${root?.commonName ?? "nothing"}" (sha256 ${root?.fingerprint ?? "-"}), which is no anchor of the trust file.`, "Choose another machine.");
  }
  if (name === "simulated" && !trust.allowSimulated) {
    throw new CloisterError("SimulatedNotAllowed", "The evidence is SIMULATED, which the trust file does not allow.", `Set "allowSimulated": true in trust.json for tests.`);
  }
  const fmspc = chain[0] ? platformFamily(chain[0]) : "";
  const bases = trust.collateral.flatMap((entry): EvidenceBasis[] =>
    entry.anchor === name && entry.fmspc === fmspc && isForKind(entry, kind) ? [{ maker: "intel", anchor, collateral: entry.collateral }] : [],
  );
  if (bases.length === 0) {
    throw new CloisterError("CollateralMissing", `The trust file has no ${name} collateral for the processor family ${fmspc}.`, "Fetch the platform's collateral into trust.json.", { fmspc });
  }
  return { anchor: name, bases };
}

/** TCB info names the kind of guest it is for. This spares a vain attempt; the verifier looks again. */
function isForKind(entry: PlatformCollateral, kind: "tdx" | "sgx"): boolean {
  return entry.anchor !== "amd" && entry.collateral.tcb_info.includes(`"id":"${kind.toUpperCase()}"`);
}

/** Each root with each collateral of its product line, and with none: the certificates may have come with the evidence. */
function amdCandidates({ anchors, collateral, amdMinimumTcb = [] }: Trust): Candidates {
  const bases = (anchors.amd ?? []).flatMap((anchor) => {
    const product = anchor.commonName.replace(/^ARK-/, "");
    const known = collateral.flatMap((entry) => (entry.anchor === "amd" && entry.product === product ? [entry.collateral] : []));
    // A list that anybody brought counts for all: leaving it out must not help.
    const crl = known.find((entry) => entry.crl !== undefined)?.crl;
    const minimum = amdMinimumTcb.find((entry) => entry.product === product);
    return [...known, {}].map((entry): EvidenceBasis => {
      const complete = crl === undefined ? entry : { crl, ...entry };
      if (!minimum) return { maker: "amd", anchor, collateral: complete };
      const { bootloader, tee, snp, microcode } = minimum;
      return { maker: "amd", anchor, collateral: complete, minimumTcb: { bootloader, tee, snp, microcode } };
    });
  });
  if (bases.length > 0) return { anchor: "amd", bases };
  throw new CloisterError("AnchorNotTrusted", "The evidence is a SEV-SNP report, and the trust file has no root of AMD's.", "Choose another machine, or add AMD's root to evidenceAnchors.amd.");
}
