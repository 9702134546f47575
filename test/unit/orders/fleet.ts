// SPDX-License-Identifier: Apache-2.0
import type { TrustFile } from "../../../src/core/trust";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { issueDevice } from "../../../src/crypto/certificate";
import { generateKeyPair, keyId } from "../../../src/crypto/keys";
import { deviceReportData } from "../../../src/evidence/deviceEvidence";
import { measurementOf, readTdxQuote } from "../../../src/evidence/quotes/tdxQuote";
import { makeSimulatedPlatform } from "../../../src/tee/platform/simulatedPki";
import { makeCollateral, makeQuote } from "../../../src/tee/platform/simulatedTdx";
import { packResources, PriceType } from "../../world/offers";
import { tokens } from "../../world/market";
import { days, type TestDevice } from "../../contracts/attestation/chains";
import { LOADER, trustFile } from "../evidence/simulatedWorld";
import type { World } from "../providers/market";

/** A machine of the fleet. */
export interface FleetMachine {
  readonly offer: bigint;
  readonly slot: bigint;
  /** Opens what is sealed to its device. */
  readonly identity: string;
  readonly device: TestDevice;
}

/** Machines of one market whose devices verify against one trust file. */
export interface Fleet {
  readonly file: TrustFile;
  /** Gives an offer a device with an identity of its own. */
  device(offer: bigint): Promise<{ device: TestDevice; identity: string }>;
  /** Another offer of Carol's, eight cores and slots of one, at a price an hour; its device is there at once. */
  machine(price: bigint, minMinutes?: number): Promise<FleetMachine>;
}

/** Replaces the device of a test market's machine by one that verifies, and makes more such machines. */
export async function makeFleet(world: World): Promise<Fleet & { readonly first: FleetMachine }> {
  const validity = days(world.start, 30);
  const platform = await makeSimulatedPlatform(validity);
  const collateral = await makeCollateral(platform, validity);
  const { carol, catalog, machineOwner, book } = world;
  const certificationOf = async () => {
    const [key, identity] = [generateKeyPair(), await newIdentity()];
    const ageRecipient = await recipientOf(identity);
    const quote = makeQuote(platform, { reportData: deviceReportData(key.publicKey, ageRecipient), mrTd: LOADER });
    const certificate = await issueDevice({ key: world.authority.caKey, certificate: world.authority.ca }, { publicKey: key.publicKey, ageRecipient, quote, commonName: "Cloister TEE device" }, validity);
    return { identity, quote, device: { key, id: keyId(key.publicKey), certificate, chain: [world.authority.ca.der, certificate.der] } };
  };
  const device = async (offer: bigint) => {
    const certified = await certificationOf();
    await world.registerDevice(certified.device, offer);
    return certified;
  };
  const first = await device(world.compute);
  await world.attestation.connect(carol).revokeDevice(world.device.id);
  const authority = { kind: "Simulated", root: world.authority.root } as Parameters<typeof trustFile>[0]["authority"];
  return {
    file: trustFile({ platform, authority, publisher: generateKeyPair(), collateral, measurement: measurementOf(readTdxQuote(first.quote)) }),
    first: { offer: world.compute, slot: world.computeSlot, identity: first.identity, device: first.device },
    device,
    machine: async (price, minMinutes = 10) => {
      const total = packResources({ cpu: 800, ram: 16384, disk: 100_000 });
      await catalog.connect(carol).createComputeOffer(machineOwner.provider, book, 1, total, tokens(5), JSON.stringify({ name: `${price / 10n ** 18n} an hour` }));
      const offer = await catalog.offerCount();
      const slot = await world.addSlot(offer, machineOwner, { cpu: 100, ram: 2048, disk: 10_000 }, price, PriceType.PerHour, minMinutes);
      return { offer, slot, ...(await device(offer)) };
    },
  };
}
