// SPDX-License-Identifier: Apache-2.0
import { p384 } from "@noble/curves/nist.js";
import { hex } from "@scure/base";
import { CloisterError } from "../../core/errors";
import { DerReader, equalBytes, readWhole, Tag, utf8Text } from "../../crypto/der";
import { readRsaKey, RSA_PSS_SHA384, type RsaPublicKey, verifyRsaPss } from "../../crypto/rsaPss";
import { type CertificateContent, readCertificateContent, type SignedObject } from "../../crypto/x509";

/** A certification authority of AMD's: ARK (root of a product line) or ASK (below it). RSA-4096, signed by RSASSA-PSS with SHA-384. */
export interface AmdAuthority extends CertificateContent {
  readonly rsa: RsaPublicKey;
}

/** Firmware versions that a SEV-SNP processor vouches for; larger is newer. */
export interface SnpTcb {
  readonly bootloader: number;
  readonly tee: number;
  readonly snp: number;
  readonly microcode: number;
}

/** A VCEK: the certificate of one chip's key at one set of firmware versions (AMD 57230, "VCEK Certificate and KDS Interface"). */
export interface Vcek extends CertificateContent {
  /** Uncompressed point on P-384, 97 bytes. */
  readonly point: Uint8Array;
  /** E.g. "Milan-B0". */
  readonly product: string;
  /** The four named versions, and the four reserved ones between them. */
  readonly tcb: SnpTcb;
  readonly reserved: readonly number[];
  /** 64 bytes. */
  readonly chipId: Uint8Array;
}

const AMD = "1.3.6.1.4.1.3704.1";
const P384_SPKI = hex.decode("3076301006072a8648ce3d020106052b81040022036200");
/** IA5String. */
const PRODUCT_TAG = 0x16;

/** Reads an ARK or ASK. @throws CloisterError as `readCertificate`. */
export function readAmdAuthority(der: Uint8Array): AmdAuthority {
  const content = readCertificateContent(der, RSA_PSS_SHA384);
  return { ...content, rsa: readRsaKey(content.spki) };
}

/** Reads a VCEK. @throws CloisterError as `readCertificate`, and `KeyUnsupported`, `ExtensionMissing`. */
export function readVcek(der: Uint8Array): Vcek {
  const content = readCertificateContent(der, RSA_PSS_SHA384);
  const { spki } = content;
  const point = spki.slice(P384_SPKI.length);
  if (!equalBytes(spki.subarray(0, P384_SPKI.length), P384_SPKI) || !p384.utils.isValidPublicKey(point, false)) {
    throw new CloisterError("KeyUnsupported", "The chip's key is not an uncompressed P-384 point.", "Fetch the chip's VCEK certificate from AMD.");
  }
  const version = (arc: number) => {
    const reader = new DerReader(extension(content, `${AMD}.3.${arc}`));
    const number = reader.smallUnsigned();
    reader.end();
    return number;
  };
  return {
    ...content,
    point,
    product: utf8Text(readWhole(extension(content, `${AMD}.2`), PRODUCT_TAG).content),
    tcb: { bootloader: version(1), tee: version(2), snp: version(3), microcode: version(8) },
    reserved: [4, 5, 6, 7].map(version),
    chipId: chipIdOf(extension(content, `${AMD}.4`)),
  };
}

/** Whether that authority signed the certificate or list, and the names fit. */
export function isSignedByAmd(object: SignedObject, issuer: AmdAuthority): boolean {
  return equalBytes(object.issuer, issuer.subject) && verifyRsaPss(issuer.rsa, object.signed, object.signature);
}

/** AMD puts the 64 bytes there as they are; an OCTET STRING around them, as later notes show it, means the same. */
function chipIdOf(value: Uint8Array): Uint8Array {
  return value.length === 64 ? value : readWhole(value, Tag.OctetString).content;
}

function extension({ extensions, commonName }: CertificateContent, oid: string): Uint8Array {
  const found = extensions.get(oid);
  if (found) return found.value;
  throw new CloisterError("ExtensionMissing", `The certificate "${commonName}" has no extension ${oid}.`, "Fetch the chip's VCEK certificate from AMD.", { oid });
}
