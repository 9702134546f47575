// SPDX-License-Identifier: Apache-2.0
import type { Bundle } from "../../core/bundle";
import { allPassed, type Check, CheckList } from "../../core/checks";
import { isFinal } from "../../core/orderStatus";
import { chainFromPem } from "../../crypto/certificateContents";
import { keyId } from "../../crypto/keys";
import { verifyReport } from "../../evidence/report";
import type { Trust } from "../../evidence/trust";
import { checkHashes, checkInputs, checkResult } from "./hashes";
import { checkClaims, checkSettlement, checkTransfers } from "./settlement";
import { checkEvents, checkStatus, contradiction, Story } from "./story";

/** What a bundle is verified against: the caller's own trust, never the bundle's. */
export interface BundleVerification {
  readonly bundle: Bundle;
  readonly trust: Trust;
  /** Collateral that came with the bundle. It counts only under the caller's own anchors, by its own signatures. */
  readonly collateral: Trust["collateral"];
  readonly accept: readonly string[];
  /** The market that the caller's configuration names. */
  readonly market?: Bundle["market"];
}

/** The outcome: named checks, and those that only the chain could make. */
export interface BundleVerdict {
  readonly passed: boolean;
  readonly simulated: boolean;
  readonly order: bigint;
  readonly checks: readonly Check[];
}

/** Verifies a bundle without asking anybody. */
export function verifyBundle({ bundle, trust, collateral, accept, market }: BundleVerification): BundleVerdict {
  const story = new Story(bundle);
  const list = new CheckList();
  if (market) list.run("market", () => checkMarket(bundle.market, market));
  else list.skip("market", "your configuration names none to compare with");
  list.run("events", () => checkEvents(story));
  list.run("status", () => checkStatus(story));
  const simulated = checkReport(list, story, { ...trust, collateral: [...trust.collateral, ...collateral] }, accept);
  list.run("hashes", () => checkHashes(story));
  const ended = isFinal(bundle.order.status);
  const settled = ended ? list.run("settlement", () => checkSettlement(story)) : undefined;
  if (!ended) list.skip("settlement", "the order has not ended");
  list.run("transfers", () => checkTransfers(story, settled));
  if (!ended) list.skip("claims", "the order has not ended");
  else list.run("claims", () => checkClaims(story, CheckList.needed(settled, "settlement")));
  if (story.own("OrderFinished", "OrderAborted").length === 0) list.skip("result", "no device ended the order");
  else list.run("result", () => checkResult(story));
  list.skip("logs in the chain", `not made, it needs the chain: that these logs and headers are in chain ${bundle.market.chainId}`);
  list.skip("record in the chain", `not made, it needs the chain: that the contract keeps this record as of block ${bundle.asOf}`);
  list.skip("finish signature", "not made, it needs the chain: events do not carry it, the contract verified it");
  return { passed: allPassed(list.checks), simulated, order: bundle.order.id, checks: list.checks };
}

function checkMarket({ chainId, contracts }: Bundle["market"], market: Bundle["market"]): [true, string] {
  const other = (Object.keys(contracts) as (keyof typeof contracts)[]).find((name) => contracts[name] !== market.contracts[name]);
  if (chainId !== market.chainId || other !== undefined) throw contradiction(`The bundle is of another market: ${other === undefined ? `chain ${chainId}, not ${market.chainId}` : `${other} ${contracts[other]}, not ${market.contracts[other]}`}.`);
  return [true, `the one of your configuration, on chain ${chainId}`];
}

/** The checks that get-report prints, as of the report's block, and what ties the report to this order. */
function checkReport(list: CheckList, story: Story, trust: Trust, accept: readonly string[]): boolean {
  const { report, order } = story.bundle;
  const [published] = story.own("ReportPublished");
  if (!report || !published) {
    if (!order.reported && !report && !published) list.skip("report", "the order has none");
    else list.run("report", () => missing(report !== undefined));
    return false;
  }
  const at = new Date(story.timeOf(published) * 1000);
  const reading = new CheckList();
  const verdict = reading.run("report", () => [verifyReport({ report, trust, at, accept, onChain: story.onChain }), "read"]);
  list.checks.push(...(verdict?.checks ?? reading.checks));
  list.run("inputs", () => checkInputs(story));
  list.run("device", () => checkDevice(story, report.certificate));
  return verdict?.simulated ?? false;
}

/** The device that reported was registered for the order's machine before, under the root of its chain. */
function checkDevice(story: Story, certificate: string): [true, string] {
  const { bundle } = story;
  const [published] = story.own("ReportPublished");
  const device = String(published!.args.device);
  const registered = story.events.filter(({ name, args, log }) => name === "DeviceRegistered" && args.device === device && log.address === bundle.market.contracts.attestation && log.block <= published!.log.block).at(-1);
  if (!registered) throw contradiction(`Device ${device} reported and was not registered before.`);
  if (registered.args.offer !== bundle.order.offer) throw contradiction(`Device ${device} serves offer ${String(registered.args.offer)}, the order is at ${bundle.order.offer}.`);
  const [root] = chainFromPem(certificate);
  if (root && keyId(root.publicKey) !== registered.args.root) throw contradiction("The report's chain ends in another root than the one the device was registered under.");
  if (Number(registered.args.validUntil) < story.timeOf(published!)) throw contradiction("The device's certificate had ended when it reported.");
  if (Number(published!.args.kind) !== 0 && !bundle.order.simulatedAllowed) throw contradiction("A simulated device reported an order for hardware only.");
  return [true, `registered for offer ${bundle.order.offer} before it reported`];
}

function missing(report: boolean): never {
  throw contradiction(report ? "There is a report, and no event of it." : "The order has a report, which the bundle leaves out.");
}
