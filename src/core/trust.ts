// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { envelopeSchema } from "./dsse";
import { count, readJson, readShape, type Reading, sha256Hex } from "./schema";

/** TCB levels of Intel's that a trust file may accept. OutOfDate and Revoked are never acceptable. */
export const TCB_STATUSES = ["UpToDate", "SWHardeningNeeded", "ConfigurationNeeded", "ConfigurationAndSWHardeningNeeded"] as const;

/** Platforms whose evidence can be verified; each has its own anchor. */
export const ANCHORS = ["intel", "amd", "simulated"] as const;

/** Which pinned root verified the evidence. This, and no field of the evidence, says whether it is simulated. */
export type AnchorName = (typeof ANCHORS)[number];

/** Kinds of evidence that can be verified. */
export const EVIDENCE_KINDS = ["tdx", "sgx", "sev-snp"] as const;
export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

const pem = v.pipe(v.string(), v.regex(/-----BEGIN [A-Z ]+-----/, "a PEM block"));
const derHex = v.pipe(v.string(), v.regex(/^(?:[0-9a-fA-F]{2})*$/, "hex"));

/** What Intel (or the simulator) publishes about a platform; the names are those of `@phala/dcap-qvl`. */
export const collateralSchema = v.object({
  pck_crl_issuer_chain: v.optional(v.string()),
  root_ca_crl: derHex,
  pck_crl: derHex,
  tcb_info_issuer_chain: pem,
  tcb_info: v.string(),
  tcb_info_signature: derHex,
  qe_identity_issuer_chain: pem,
  qe_identity: v.string(),
  qe_identity_signature: derHex,
});
export type Collateral = v.InferOutput<typeof collateralSchema>;

/** What AMD publishes about a chip. Certificates may come with the evidence instead; then they are not needed here. */
export const amdCollateralSchema = v.strictObject({
  /** The authority between root (ARK) and chip: ASK, also called SEV. */
  ask: v.optional(pem),
  /** The chip's own certificate. */
  vcek: v.optional(pem),
  /** Revocation list of the root. Without one revocation is not checked, and every tool says so. */
  crl: v.optional(derHex),
});
export type AmdCollateral = v.InferOutput<typeof amdCollateralSchema>;

const intelPlatform = v.strictObject({
  anchor: v.picklist(["intel", "simulated"]),
  fmspc: v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/, "12 lower-case hex digits")),
  collateral: collateralSchema,
});
const product = v.pipe(v.string(), v.regex(/^[A-Za-z0-9]+$/, "AMD's name of a product line, e.g. Milan"));
const amdPlatform = v.strictObject({ anchor: v.literal("amd"), product, collateral: amdCollateralSchema });

/**
 * Collateral with the platform it is for: the anchor above it and the family of its processors, Intel's FMSPC (12 hex digits) or AMD's
 * product line. All of it is signed by the anchor, so anybody may bring it.
 */
export const platformCollateralSchema = v.variant("anchor", [intelPlatform, amdPlatform]);
export type PlatformCollateral = v.InferOutput<typeof platformCollateralSchema>;

const svn = v.pipe(count, v.maxValue(255, "255 or less"));

/** The least firmware versions of an AMD product line that count as up to date. AMD signs no such list, so the trust file says. */
export const amdMinimumSchema = v.strictObject({ product, bootloader: svn, tee: svn, snp: svn, microcode: svn });
export type AmdMinimum = v.InferOutput<typeof amdMinimumSchema>;

/** Payload type of the signed list of reference values. */
export const REFERENCE_VALUES = "application/vnd.cloister.reference-values+json";

/** The measurements of released loaders, as their publisher signs them (DSSE). */
export const referenceValuesSchema = v.strictObject({
  kind: v.literal("cloister/reference-values/v1"),
  /** Unix seconds. */
  issuedAt: count,
  measurements: v.array(v.strictObject({ name: v.string(), measurement: sha256Hex })),
});
export type ReferenceValues = v.InferOutput<typeof referenceValuesSchema>;

/** Schema of trust.json: whom its owner believes. */
export const trustSchema = v.strictObject({
  format: v.literal("cloister/trust/v1"),
  /** Whether simulated roots and anchors count at all. Missing means no. */
  allowSimulated: v.optional(v.boolean(), false),
  /** Roots of device chains, pinned by their whole certificate. */
  certificationRoots: v.array(v.strictObject({ kind: v.picklist(["Hardware", "Simulated"]), certificate: pem })),
  /** Roots of evidence, pinned by their whole certificate. */
  evidenceAnchors: v.strictObject({
    intel: v.optional(pem),
    /** One root or several: AMD has one for each product line. */
    amd: v.optional(pem),
    simulated: v.optional(pem),
  }),
  /** Public key (PEM) of whoever publishes the loaders. */
  publisher: pem,
  referenceValues: envelopeSchema,
  acceptedTcbStatuses: v.optional(v.array(v.picklist(TCB_STATUSES)), ["UpToDate"]),
  collateral: v.array(platformCollateralSchema),
  amdMinimumTcb: v.optional(v.array(amdMinimumSchema)),
});

/** A parsed trust.json; `openTrust` in the evidence room checks what is signed in it. */
export type TrustFile = v.InferOutput<typeof trustSchema>;

function reading(name: string): Reading {
  return { what: name, code: "TrustFileInvalid", fix: "Use the trust.json that your marketplace's operator published, or `devnet` wrote." };
}

/** Reads the text of a trust.json. */
export function parseTrustFile(text: string, name = "trust.json"): TrustFile {
  return readShape(trustSchema, readJson(text, reading(name)), reading(name));
}

/** Reads the JSON payload of the signed reference values. */
export function parseReferenceValues(text: string): ReferenceValues {
  const what = reading("the reference values");
  return readShape(referenceValuesSchema, readJson(text, what), what);
}

/** Reads a collateral file of its own: what a maker publishes, or the entry of a trust file that holds it. */
export function parseCollateral(text: string, maker: "intel", name: string): Collateral;
export function parseCollateral(text: string, maker: "amd", name: string): AmdCollateral;
export function parseCollateral(text: string, maker: "intel" | "amd", name: string): Collateral | AmdCollateral {
  const what: Reading = { what: name, code: "CollateralInvalid", fix: "Fetch the platform's collateral again." };
  const value = readJson(text, what);
  const bare = typeof value === "object" && value !== null && "collateral" in value ? value.collateral : value;
  return maker === "intel" ? readShape(collateralSchema, bare, what) : readShape(amdCollateralSchema, bare, what);
}

/** Reads one entry of a trust file's collateral from a file of its own. */
export function parsePlatformCollateral(text: string, name: string): PlatformCollateral {
  const what: Reading = { what: name, code: "CollateralInvalid", fix: "Write it as an entry of a trust file's collateral." };
  return readShape(platformCollateralSchema, readJson(text, what), what);
}
