// SPDX-License-Identifier: Apache-2.0
import { hex } from "@scure/base";
import { CloisterError } from "../../core/errors";

/** Reads the little-endian structures of quotes and reports front to back; every length must fit. */
export class QuoteReader {
  private at = 0;
  private readonly view: DataView;

  constructor(private readonly bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  take(size: number): Uint8Array {
    if (this.at + size > this.bytes.length) throw malformed(`ends ${this.at + size - this.bytes.length} bytes early`);
    this.at += size;
    return this.bytes.slice(this.at - size, this.at);
  }

  size(): number {
    this.take(4);
    return this.view.getUint32(this.at - 4, true);
  }

  shortSize(): number {
    this.take(2);
    return this.view.getUint16(this.at - 2, true);
  }

  certification(type: number): Uint8Array {
    const found = this.shortSize();
    if (found !== type) throw malformed(`has certification data of type ${found} instead of ${type}`);
    return this.take(this.size());
  }

  /** Skips bytes that must be zero. */
  zeros(size: number): void {
    if (this.take(size).some((byte) => byte !== 0)) throw malformed("has something where zeros have to stand");
  }

  rest(): Uint8Array {
    return this.take(this.bytes.length - this.at);
  }

  end(): void {
    if (this.at !== this.bytes.length) throw malformed(`has ${this.bytes.length - this.at} bytes too many`);
  }

  endPadded(): void {
    if (this.bytes.subarray(this.at).some((byte) => byte !== 0)) throw malformed("has bytes behind its end");
  }
}

/** Intel's own quoting enclaves; others sign with keys that no collateral describes. */
const INTEL_QE = "939a7233f79c4ca9940a0db3957f0607";

/**
 * Takes the 48 bytes of an Intel quote's header and refuses other versions, key types, TEEs and quoting enclaves.
 *
 * @param expected what its first eight bytes must be, in hex: version, key type, TEE type.
 */
export function takeIntelHeader(reader: QuoteReader, expected: string, what: string): void {
  const header = reader.take(48);
  const found = hex.encode(header.subarray(0, 8));
  if (found === expected && hex.encode(header.subarray(12, 28)) === INTEL_QE) return;
  throw new CloisterError("QuoteUnsupported", `The quote begins with ${found}: not ${what} by Intel's quoting enclave.`, "Use TDX quotes of version 4, SGX quotes of version 3 or SEV-SNP reports of version 2.");
}

/** The `QuoteMalformed` error. */
export function malformed(what: string): CloisterError {
  return new CloisterError("QuoteMalformed", `The quote ${what}.`, "Ask the machine for a fresh quote.");
}
