// SPDX-License-Identifier: Apache-2.0
import { abortDigest, finishDigest } from "../../chain/digests";
import { toBytes32 } from "../../core/hex";
import type { Fault, OrderStatus } from "../../core/orderStatus";
import { signDigest, type KeyPair } from "../../crypto/keys";
import type { LimitName, RunOutcome } from "../runner/runner";
import type { GrantedStore, LoaderMessage, ResultStore, RunOrder } from "./protocol";
import type { SealedResult } from "./result";

/** How an order ended. */
export interface OrderEnd {
  readonly status: OrderStatus;
  readonly fault: Fault;
  /** For the customer, one line. */
  readonly outcome: string;
  readonly result: SealedResult | undefined;
  readonly store: ResultStore | undefined;
  /** Storage that was bought for it and granted; the store above is where it goes without. */
  readonly granted?: GrantedStore;
  /** Seconds since the report; undefined before it. */
  readonly usedSeconds: number | undefined;
}

const NOTHING = "00".repeat(32);

/** The device's signature over an order's end: a finish, or before the report an abort. */
export function signEnd(order: RunOrder, key: KeyPair, { status, fault, outcome, result, store, granted, usedSeconds }: OrderEnd): Extract<LoaderMessage, { type: "finish" | "abort" }> {
  const domain = { chainId: order.chainId, verifyingContract: order.orderBook };
  const resultHash = toBytes32(result?.sha256 ?? NOTHING);
  const common = { id: order.id, fault, resultHash, size: result?.size ?? 0, store, outcome };
  if (usedSeconds === undefined) {
    const signature = signDigest(key, abortDigest(domain, { order: BigInt(order.order), fault, resultHash }));
    return { type: "abort", ...common, signature, result: result?.path };
  }
  const signature = signDigest(key, finishDigest(domain, { order: BigInt(order.order), status, fault, resultHash, usedSeconds }));
  return { type: "finish", ...common, status, usedSeconds, signature, granted, result: result?.path ?? "" };
}

const UNITS: Readonly<Record<LimitName, string>> = { time: "seconds", memory: "bytes", output: "bytes in /sp/output", scratch: "bytes in /tmp", processes: "processes", cpu: "cores", log: "bytes of log" };

/** How a run ended, in one line for the customer. */
export function summary(outcome: RunOutcome, timeUp: boolean, stopper: "customer" | "machine" | undefined): string {
  const { used } = outcome;
  const left = outcome.leftOut.length === 0 ? "" : ` Left out of the output: ${outcome.leftOut.join("; ")}.`;
  return `The solution ${how(outcome, timeUp, stopper)} after ${used.wallSeconds.toFixed(1)} s (memory ${Math.ceil(used.memoryBytes / 2 ** 20)} MiB, output ${used.outputBytes} bytes).${left}`;
}

function how({ exitCode, limitHit, limits }: RunOutcome, timeUp: boolean, stopper: "customer" | "machine" | undefined): string {
  if (timeUp) return "ran to the end of its lease or money";
  if (limitHit === "aborted") return stopper === "customer" ? "was canceled" : "was ended because the machine is being stopped";
  if (limitHit === undefined) return `ended with exit code ${exitCode}`;
  const held = limits.find(({ limit }) => limit === limitHit);
  return `was ended by its limit of ${limitHit}: ${held?.value ?? "unknown"} ${UNITS[limitHit]}, held by ${held?.by ?? "the runner"},`;
}
