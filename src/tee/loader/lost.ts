// SPDX-License-Identifier: Apache-2.0
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { finishDigest } from "../../chain/digests";
import { toBytes32 } from "../../core/hex";
import { Fault, OrderStatus } from "../../core/orderStatus";
import { signDigest } from "../../crypto/keys";
import type { Device } from "./device";
import type { ControllerMessage, LoaderMessage } from "./protocol";
import { sealResult } from "./result";

/**
 * Signs the end of an order that an earlier loader of this machine reported and lost: Error by the machine's fault, or Canceled where
 * its customer canceled. Nothing of the order is known here, so that its log says only that. How many seconds it ran, the controller
 * says: the last checkpoint's, which it cannot raise on chain beyond the time that passed.
 */
export async function endLost(order: Extract<ControllerMessage, { type: "lost" }>, device: Device, work: string): Promise<Extract<LoaderMessage, { type: "finish" }>> {
  const { id, canceling, usedSeconds } = order;
  const [status, fault] = canceling ? [OrderStatus.Canceled, Fault.None] : [OrderStatus.Error, Fault.Machine];
  const outcome = `The machine was started anew while order ${order.order} ran: its loader, with the keys and the plaintext, is gone.`;
  const directory = await mkdtemp(join(work, "lost-"));
  try {
    await mkdir(order.results, { recursive: true, mode: 0o700 });
    const sealed = await sealResult({ log: `${outcome}\n`, work: directory, recipient: order.resultRecipient, target: join(order.results, `${id}.age`) });
    const resultHash = toBytes32(sealed.sha256);
    const digest = finishDigest({ chainId: order.chainId, verifyingContract: order.orderBook }, { order: BigInt(order.order), status, fault, resultHash, usedSeconds });
    return { type: "finish", id, status, fault, resultHash, usedSeconds, signature: signDigest(device.key, digest), result: sealed.path, size: sealed.size, outcome };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
