// SPDX-License-Identifier: Apache-2.0
import { devicesOf, type DeviceView } from "../chain/devices";
import type { Market } from "../chain/market";
import { isDeviceValid } from "../chain/running";
import type { Check } from "../core/checks";
import { CloisterError, isCloisterError } from "../core/errors";
import { readCertificate } from "../crypto/x509";
import { DeviceCheck, type DeviceVerdict, verifyDevice } from "../evidence/device";
import { keyId } from "../crypto/keys";
import type { Trust } from "../evidence/trust";
import { acceptedMeasurements } from "./connect";

/** A machine whose devices were verified; what is sealed for it is sealed to all of them. */
export interface VerifiedMachine {
  readonly recipients: readonly string[];
  readonly devices: readonly DeviceVerdict[];
  readonly simulated: boolean;
}

/** How a machine is verified: as of when, what is accepted beyond the signed list, and who hears what was found. */
export interface MachinePolicy {
  readonly at: Date;
  /** Measurements (hex). */
  readonly accept?: readonly string[];
  readonly say?: (line: string) => void;
}

/**
 * Verifies every valid device of a compute offer against the caller's own trust file, before anything is sealed to it, and says
 * what it found.
 *
 * @throws CloisterError `MachineWithoutDevice` or `MachineNotTrusted`.
 */
export async function verifyMachine(market: Market, trust: Trust, offer: bigint, { at, accept = [], say = () => undefined }: MachinePolicy): Promise<VerifiedMachine> {
  const accepted = acceptedMeasurements(accept);
  const live = await liveDevices(market, offer, at);
  if (live.length === 0) {
    throw new CloisterError("MachineWithoutDevice", `Compute offer ${offer} has no valid device.`, "Its owner has to start the machine (`tee run`); choose another meanwhile.", { offer });
  }
  const devices = live.map((device) => verifyLive(device, trust, at, accepted));
  for (const verdict of devices) {
    say(`Device ${verdict.device.slice(0, 18)}… of compute offer ${offer}${verdict.simulated ? " (SIMULATED)" : ""}:`);
    for (const { name, passed, reason } of verdict.checks) say(`  ${passed ? "passed" : "FAILED"}  ${name}: ${reason}`);
  }
  const refused = devices.find(({ passed }) => !passed);
  if (refused) {
    const failed = refused.checks.filter(({ passed }) => !passed).map(({ name }) => name);
    const fix = failed.length === 1 && failed[0] === "measurement"
      ? `If you know this loader, repeat with --accept ${refused.measurement ?? "<measurement>"}.`
      : "Choose another machine; nothing was sealed to this one.";
    throw new CloisterError("MachineNotTrusted", `Device ${refused.device} of compute offer ${offer} failed: ${failed.join(", ")}.`, fix, { offer, device: refused.device, failed: failed.join(", ") });
  }
  return { devices, recipients: devices.map(({ ageRecipient }) => ageRecipient!), simulated: devices.some(({ simulated }) => simulated) };
}

/** A device and what the caller's trust file says of it, good or bad. */
export interface InspectedDevice {
  readonly device: string;
  readonly passed: boolean;
  readonly simulated: boolean;
  readonly checks: readonly Check[];
}

/** Verifies every valid device of a compute offer like {@link verifyMachine}, but tells what is wrong instead of refusing. */
export async function inspectMachine(market: Market, trust: Trust, offer: bigint, { at, accept = [] }: MachinePolicy): Promise<InspectedDevice[]> {
  const accepted = acceptedMeasurements(accept);
  return (await liveDevices(market, offer, at)).map((live) => {
    try {
      return verifyLive(live, trust, at, accepted);
    } catch (error) {
      if (!isCloisterError(error)) throw error;
      return { device: live.device, passed: false, simulated: false, checks: [{ name: DeviceCheck.root, passed: false, reason: `${error.code}: ${error.message}` }] };
    }
  });
}

async function liveDevices(market: Market, offer: bigint, at: Date): Promise<DeviceView[]> {
  const unexpired = (await devicesOf(market, offer)).filter(({ revoked, validUntil }) => !revoked && validUntil * 1000 > at.getTime());
  // The chain also knows of roots and authorities that were taken away.
  const valid = await Promise.all(unexpired.map(({ device }) => isDeviceValid(market, device)));
  return unexpired.filter((_, index) => valid[index]);
}

function verifyLive({ chain, root, device }: DeviceView, trust: Trust, at: Date, accept: readonly string[]): DeviceVerdict {
  return verifyDevice({ chain: [rootOf(trust, root, device), ...chain.map((der) => readCertificate(der))], trust, at, accept });
}

/** The pinned certificate of a root that the chain names by its key. */
export function rootOf(trust: Trust, root: string, device: string) {
  const pinned = trust.certificationRoots.find(({ certificate }) => keyId(certificate.publicKey) === root);
  if (pinned) return pinned.certificate;
  throw new CloisterError("RootNotPinned", `Device ${device} is certified by root ${root}, which is not in your trust file.`, "Add the root's certificate to trust.json if you know and trust its owner.", { device, root });
}
