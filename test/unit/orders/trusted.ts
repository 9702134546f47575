// SPDX-License-Identifier: Apache-2.0
import type { TrustFile } from "../../../src/core/trust";
import { generateKeyPair } from "../../../src/crypto/keys";
import { deviceReportData } from "../../../src/evidence/deviceEvidence";
import { measurementOf, readTdxQuote } from "../../../src/evidence/quotes/tdxQuote";
import { makeSimulatedPlatform } from "../../../src/tee/platform/simulatedPki";
import { makeCollateral, makeQuote } from "../../../src/tee/platform/simulatedTdx";
import { days, makeDevice, type TestDevice } from "../../contracts/attestation/chains";
import { LOADER, RECIPIENT, trustFile } from "../evidence/simulatedWorld";
import type { World } from "../providers/market";

/** Gives the machine of a test market a device whose evidence verifies, in place of its own; returns it and the trust file that believes it. */
export async function trustDevice(world: World): Promise<{ device: TestDevice; file: TrustFile }> {
  const validity = days(world.start, 30);
  const platform = await makeSimulatedPlatform(validity);
  const collateral = await makeCollateral(platform, validity);
  const key = generateKeyPair();
  const quote = makeQuote(platform, { reportData: deviceReportData(key.publicKey, RECIPIENT), mrTd: LOADER });
  const device = await makeDevice(world.authority, validity, quote, key);
  await world.registerDevice(device);
  await world.attestation.connect(world.carol).revokeDevice(world.device.id);
  const authority = { kind: "Simulated", root: world.authority.root } as Parameters<typeof trustFile>[0]["authority"];
  return { device, file: trustFile({ platform, authority, publisher: generateKeyPair(), collateral, measurement: measurementOf(readTdxQuote(quote)) }) };
}
