// SPDX-License-Identifier: Apache-2.0
import { type TransactionRequest, type TransactionResponse, Wallet } from "ethers";

/**
 * A wallet that sends one transaction after the other: each takes its number (nonce) when the one before is with the chain, so that
 * those of several orders at once do not take the same. Waiting for receipts goes on side by side.
 */
export class QueuedWallet extends Wallet {
  private last: Promise<unknown> = Promise.resolve();

  override sendTransaction(transaction: TransactionRequest): Promise<TransactionResponse> {
    const send = () => super.sendTransaction(transaction);
    const sent = this.last.then(send, send);
    this.last = sent;
    return sent;
  }
}
