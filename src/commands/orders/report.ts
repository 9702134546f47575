// SPDX-License-Identifier: Apache-2.0
import type { Market } from "../../chain/market";
import { deviceChainAt } from "../../chain/devices";
import { blockTime, getOrder, type OrderText, orderTexts } from "../../chain/orders";
import { CloisterError } from "../../core/errors";
import { fromHex } from "../../core/hex";
import { parseStatement, type Report, STATEMENT_TYPE } from "../../core/report";
import { chainToPem } from "../../crypto/certificateContents";
import { readCertificate } from "../../crypto/x509";
import type { OnChainRecord } from "../../evidence/reportComparison";
import type { Trust } from "../../evidence/trust";
import { rootOf } from "../machine";

/** A report as the chain holds it, and what the chain says beside it. */
export interface PublishedReport {
  readonly report: Report;
  readonly onChain: OnChainRecord;
  /** Time of its block: what the report is verified as of. */
  readonly at: Date;
  readonly transaction: string;
}

/**
 * Puts an order's report together: statement, signature and order certificate from the order's event, the device's certificates from
 * its registration, the root from the trust file.
 *
 * @throws CloisterError `ReportMissing`, `RootNotPinned`.
 */
export async function fetchReport(market: Market, trust: Trust, id: bigint): Promise<PublishedReport> {
  const published = (await orderTexts(market, await getOrder(market, id))).find(({ name }) => name === "ReportPublished");
  if (!published) throw new CloisterError("ReportMissing", `There is no report for order ${id}.`, "It is published when execution starts.", { order: id });
  const { device, record, payload, payloadSignature, orderCertificate } = published.args;
  const { chain, root } = await deviceChainAt(market, String(device), published.block);
  const certificates = [rootOf(trust, root, String(device)), ...chain.map((der) => readCertificate(der)), readCertificate(bytesOf(orderCertificate))];
  const payloadBytes = bytesOf(payload);
  return {
    report: {
      certificate: chainToPem(certificates),
      workloadInfo: parseStatement(payloadBytes).predicate.workloadInfo,
      envelope: {
        payloadType: STATEMENT_TYPE,
        payload: Buffer.from(payloadBytes).toString("base64"),
        signatures: [{ keyid: String(device), sig: Buffer.from(bytesOf(payloadSignature)).toString("base64") }],
      },
    },
    onChain: onChainRecord(market, id, published, record as Record<string, unknown>),
    at: new Date((await blockTime(market, published.block)) * 1000),
    transaction: published.transaction,
  };
}

function onChainRecord(market: Market, order: bigint, { args }: OrderText, record: Record<string, unknown>): OnChainRecord {
  return {
    chainId: market.address.chainId,
    orderBook: market.address.contracts.orderBook,
    order,
    device: String(args.device),
    solutionHash: String(record.solutionHash),
    argumentsHash: String(record.argumentsHash),
    runtimeInfoHash: String(record.runtimeInfoHash),
    payloadHash: String(record.payloadHash),
  };
}

function bytesOf(value: unknown): Uint8Array {
  return fromHex(String(value).replace(/^0x/, ""));
}
