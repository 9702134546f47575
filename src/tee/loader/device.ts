// SPDX-License-Identifier: Apache-2.0
import { deviceRegistrationDigest } from "../../chain/digests";
import { CloisterError } from "../../core/errors";
import { newIdentity, recipientOf } from "../../crypto/ageKeys";
import type { Issuer } from "../../crypto/certificate";
import { ageRecipientOf, chainFromPem } from "../../crypto/certificateContents";
import { equalBytes } from "../../crypto/der";
import { generateKeyPair, keyId, signDigest, type KeyPair, type Signature, toSpki } from "../../crypto/keys";
import { type Certificate, isSignedBy } from "../../crypto/x509";
import { deviceReportData } from "../../evidence/deviceEvidence";
import { provePossession } from "../certificationAuthority";

/** The device: its key and age identity live as long as this process and leave it never. */
export class Device {
  private certificates: readonly Certificate[] = [];

  private constructor(
    readonly key: KeyPair,
    readonly ageIdentity: string,
    readonly ageRecipient: string,
  ) {}

  static async create(): Promise<Device> {
    const identity = await newIdentity();
    return new Device(generateKeyPair(), identity, await recipientOf(identity));
  }

  /** Id on chain: keccak256 of the public key, 0x-hex. */
  get id(): string {
    return keyId(this.key.publicKey);
  }

  /** SubjectPublicKeyInfo, DER. */
  get spki(): Uint8Array {
    return toSpki(this.key.publicKey);
  }

  /** The 64 bytes a quote must carry to speak of this device. */
  reportData(): Uint8Array {
    return deviceReportData(this.key.publicKey, this.ageRecipient);
  }

  /** Shows a certification authority that the key is held here. */
  provePossession(): Uint8Array {
    return provePossession(this.key, this.spki, this.ageRecipient);
  }

  registration(message: { chainId: number; attestation: string; offer: string; provider: string }): Signature {
    const { chainId, attestation, offer, provider } = message;
    return signDigest(this.key, deviceRegistrationDigest({ chainId, verifyingContract: attestation }, { offer: BigInt(offer), provider: BigInt(provider), device: this.id }));
  }

  /**
   * Takes a certificate chain for its own key and recipient. Whom to trust as root is the customers' decision, not the device's.
   *
   * @throws CloisterError `DeviceChainWrong`
   */
  install(pem: string): Certificate {
    const chain = chainFromPem(pem);
    const device = chain.at(-1);
    if (device === undefined || chain.length !== 3) throw chainWrong(`it has ${chain.length} certificates instead of root, sub CA and device`);
    if (!equalBytes(device.publicKey, this.key.publicKey)) throw chainWrong("it ends in another device's certificate");
    if (ageRecipientOf(device) !== this.ageRecipient) throw chainWrong("it names another age recipient");
    chain.forEach((certificate, i) => {
      if (!isSignedBy(certificate, chain[Math.max(0, i - 1)] as Certificate)) throw chainWrong(`"${certificate.commonName}" is not signed by the certificate before it`);
    });
    this.certificates = chain;
    return device;
  }

  /** Root, sub CA, device. @throws CloisterError `DeviceNotCertified` */
  get chain(): readonly Certificate[] {
    if (this.certificates.length === 0) throw new CloisterError("DeviceNotCertified", "The device has no certificate yet.", "Install its certificate chain first.");
    return this.certificates;
  }

  /** The device as issuer of order certificates. */
  get issuer(): Issuer {
    return { key: this.key, certificate: this.chain.at(-1) as Certificate };
  }
}

function chainWrong(reason: string): CloisterError {
  return new CloisterError("DeviceChainWrong", `The certificate chain is not this device's: ${reason}.`, "Ask the certification authority again with this device's request.");
}
