// SPDX-License-Identifier: Apache-2.0
import type { ContractTransactionReceipt, ContractTransactionResponse } from "ethers";

import { CloisterError } from "../core/errors";
import { decodeContractError } from "./contractErrors";

/** What a transaction did, as the tools print it. */
export interface Receipt {
  readonly transaction: string;
  readonly block: number;
  readonly gasUsed: bigint;
  /** Raw logs; {@link eventsOf} reads them. */
  readonly logs: ContractTransactionReceipt["logs"];
}

/**
 * Sends a transaction and waits for its receipt; what the contract refuses becomes its named error.
 *
 * @throws CloisterError with the name of the contract's error, `ChainUnreachable`, `InsufficientFunds` or `TransactionFailed`.
 */
export async function send(transaction: Promise<ContractTransactionResponse>): Promise<Receipt> {
  const response = await transaction.catch((error: unknown) => Promise.reject(decodeContractError(error)));
  const receipt = await response.wait().catch((error: unknown) => Promise.reject(decodeContractError(error)));
  if (receipt === null) throw new CloisterError("TransactionFailed", `Transaction ${response.hash} was dropped by the chain.`, "Try again.", { transaction: response.hash });
  return { transaction: receipt.hash, block: receipt.blockNumber, gasUsed: receipt.gasUsed, logs: receipt.logs };
}

/**
 * Gas for a transaction that another may overtake, beyond what it needs as the chain is now; what is left over is not paid. Taking an
 * order back costs 10,200 more once its machine has accepted it, and 17,100 more where the refund fills an account that is empty by then.
 */
const RACE_HEADROOM = 60_000n;

/**
 * Like {@link send}, with gas for the way that the contract takes if somebody else's transaction comes first.
 *
 * @param estimate gas as the chain is now.
 * @param transact sends it with the limit given.
 */
export async function sendRacing(estimate: () => Promise<bigint>, transact: (limit: { readonly gasLimit: bigint }) => Promise<ContractTransactionResponse>): Promise<Receipt> {
  const gasLimit = (await read(estimate())) + RACE_HEADROOM;
  return send(transact({ gasLimit }));
}

/** A read call whose refusal becomes the contract's named error. */
export async function read<Value>(call: Promise<Value>): Promise<Value> {
  return call.catch((error: unknown) => Promise.reject(decodeContractError(error)));
}
