// SPDX-License-Identifier: Apache-2.0
import { hexlify, MaxUint256 } from "ethers";

import type { Approval, ApprovalFile } from "../core/approval";
import { CloisterError } from "../core/errors";
import { approvalId, approvalTypedData, type DeviceDomain } from "./digests";
import { actingAccount, type Market } from "./market";
import { read, type Receipt, send } from "./send";

/** What the chain says of a signed approval. */
export interface ApprovalState {
  /** EIP-712 digest, 0x-hex. */
  readonly id: string;
  readonly used: number;
  readonly revoked: boolean;
  /** By the clock of the chain. */
  readonly expired: boolean;
}

/** Signs an approval with the acting account. @returns 0x-hex. */
export async function signApproval(market: Market, approval: Approval): Promise<string> {
  actingAccount(market);
  const { domain, types, message } = approvalTypedData(domainOf(market), approval);
  return market.signer!.signTypedData(domain, types, message);
}

/** Id of an approval in this market's order book. */
export function idOfApproval(market: Market, approval: Approval): string {
  return approvalId(domainOf(market), approval);
}

/** Completes a suborder by an approval that its owner signed; anyone may. */
export async function completeSigned(market: Market, suborder: bigint, { approval, signature, release }: ApprovalFile): Promise<Receipt> {
  return send(market.orderBook.completeSigned(suborder, argumentOf(market, approval), signature, hexlify(Buffer.from(release, "base64"))));
}

/** Takes an approval back, by the action account of its offer's provider; orders that it completed go on. */
export async function revokeApproval(market: Market, approval: Approval): Promise<Receipt> {
  return send(market.orderBook.revokeApproval(argumentOf(market, approval)));
}

/** How often it was used, and whether it still may be. */
export async function approvalState(market: Market, approval: Approval): Promise<ApprovalState> {
  const [{ id, used }, block] = await Promise.all([read(market.orderBook.approvalUses(argumentOf(market, approval))), market.provider.getBlock("latest")]);
  if (block === null) throw new CloisterError("BlockMissing", "The chain does not tell its latest block.", "Ask a node that keeps all blocks.");
  const revoked = used === MaxUint256;
  return { id, revoked, used: revoked ? 0 : Number(used), expired: block.timestamp > approval.notAfter };
}

/** Id of the approval that completed a suborder in this block, 0x-hex; undefined where its owner completed it. */
export async function approvalUsedFor(market: Market, suborder: bigint, block: number): Promise<string | undefined> {
  const [used] = await market.orderBook.queryFilter(market.orderBook.filters.ApprovalUsed(undefined, suborder), block, block);
  return used?.args.approval;
}

/** Suborders that an approval completed, oldest first. */
export async function subordersOfApproval(market: Market, id: string): Promise<bigint[]> {
  const events = await market.orderBook.queryFilter(market.orderBook.filters.ApprovalUsed(id));
  return events.map(({ args }) => args.suborder);
}

/** An approval as the contract takes it. */
function argumentOf(market: Market, approval: Approval) {
  return approvalTypedData(domainOf(market), approval).message;
}

function domainOf({ address }: Market): DeviceDomain {
  return { chainId: address.chainId, verifyingContract: address.contracts.orderBook };
}
