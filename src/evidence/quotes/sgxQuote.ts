// SPDX-License-Identifier: Apache-2.0
import type { IntelQuote } from "./intel";
import { QuoteReader, takeIntelHeader } from "./quoteReader";

/**
 * An SGX quote of version 3 taken apart (Intel, "Intel SGX ECDSA QuoteLibReference DCAP API", A.4): 48 bytes header, 384 bytes
 * enclave report, then the signature data with the quoting enclave's report and the PCK certificate chain.
 */
export interface SgxQuote extends IntelQuote {
  /** 16 bytes: flags (8) and XFRM (8). */
  readonly attributes: Uint8Array;
  /** Hash of the enclave as it was built, 32 bytes. */
  readonly mrEnclave: Uint8Array;
  /** Hash of the key that signed the enclave. Nothing is decided by it: a signer may sign anything later. */
  readonly mrSigner: Uint8Array;
  /** 64 bytes that the enclave chose. */
  readonly reportData: Uint8Array;
}

const SIGNATURE_AND_KEY = 128;
const QE_REPORT_AND_SIGNATURE = 448;
const CERTIFICATION_PCK_CHAIN = 5;
/** Little endian: version 3, ECDSA with P-256, four reserved bytes (the TEE type, SGX, in later versions). */
const SUPPORTED = "0300020000000000";

/**
 * Takes a quote apart. Lengths must fit exactly; only zero bytes may follow.
 *
 * @throws CloisterError `QuoteMalformed`, `QuoteUnsupported`.
 */
export function readSgxQuote(quote: Uint8Array): SgxQuote {
  const reader = new QuoteReader(Uint8Array.from(quote));
  takeIntelHeader(reader, SUPPORTED, "an SGX quote of version 3");
  const report = new QuoteReader(reader.take(384));
  report.take(16 + 4 + 28); // CPUSVN, MISCSELECT, reserved: the PCK certificate's versions are what is appraised
  const [attributes, mrEnclave] = [report.take(16), report.take(32)];
  report.take(32);
  const mrSigner = report.take(32);
  report.take(96 + 2 + 2 + 60); // reserved, ISV product and version: the signer's own numbering
  const reportData = report.take(64);
  report.end();

  const signatureData = new QuoteReader(reader.take(reader.size()));
  signatureData.take(SIGNATURE_AND_KEY + QE_REPORT_AND_SIGNATURE);
  const qeAuthData = signatureData.take(signatureData.shortSize());
  const pckChain = new TextDecoder("ascii").decode(signatureData.certification(CERTIFICATION_PCK_CHAIN));
  signatureData.end();
  reader.endPadded();
  return { attributes, mrEnclave, mrSigner, reportData, qeAuthData, pckChain };
}
