// SPDX-License-Identifier: Apache-2.0
import { isError, type Log, type TopicFilter } from "ethers";

import { CloisterError } from "../core/errors";
import type { Market } from "./market";

/** Which logs are wanted: by contracts and topics, as nodes filter them. */
export interface LogQuery {
  readonly address?: string | string[];
  readonly topics: TopicFilter;
}

/** Where reading begins and ends (both included), and who hears how far it is. */
export interface LogRange {
  readonly from: number;
  readonly to: number;
  /** Blocks asked for at once to begin with. */
  readonly step?: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** What public nodes usually answer at once, in blocks. */
const STEP = 10_000;

/**
 * Reads logs range by range, oldest first; each batch holds the logs of all queries in the chain's order, each once. A range that the
 * node refuses (too many blocks, too many results, too slow) is asked for again in halves; after an answer ranges grow again.
 *
 * @throws CloisterError `LogsRefused` when the node refuses a single block, `ChainUnreachable`.
 */
export async function* readLogs(market: Market, queries: readonly LogQuery[], { from, to, step = STEP, onProgress, signal }: LogRange): AsyncGenerator<Log[]> {
  const total = Math.max(0, to - from + 1);
  for (let [block, size] = [from, step]; block <= to; ) {
    signal?.throwIfAborted();
    const last = Math.min(to, block + size - 1);
    const found = await logsBetween(market, queries, block, last);
    if (found instanceof Refusal) {
      if (last === block) throw refused(block, found.reason);
      // Of what was really asked for: the last range of a chain is shorter than the step.
      size = Math.ceil((last - block + 1) / 2);
      continue;
    }
    block = last + 1;
    size = Math.min(step, size * 2);
    onProgress?.(block - from, total);
    yield found;
  }
}

/** Why a node did not answer a range. */
class Refusal {
  constructor(readonly reason: unknown) {}
}

async function logsBetween(market: Market, queries: readonly LogQuery[], fromBlock: number, toBlock: number): Promise<Log[] | Refusal> {
  try {
    const answers = await Promise.all(queries.map((query) => market.provider.getLogs({ ...query, fromBlock, toBlock })));
    const logs = new Map(answers.flat().map((log) => [`${log.blockNumber}/${log.index}`, log]));
    return [...logs.values()].sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
  } catch (error) {
    if (isError(error, "NETWORK_ERROR") || (error as { code?: string }).code === "ECONNREFUSED") {
      throw new CloisterError("ChainUnreachable", `The chain at ${market.address.rpcUrl} does not answer.`, "See that it runs, and start the command again.", { rpcUrl: market.address.rpcUrl }, { cause: error });
    }
    return new Refusal(error);
  }
}

function refused(block: number, cause: unknown): CloisterError {
  return new CloisterError("LogsRefused", `The node refuses to give the events of block ${block}.`, "Use a node that keeps all events, in blockchain.rpcUrl.", { block }, { cause });
}
