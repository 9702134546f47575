// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

import { isConnectionTrouble } from "../../chain/connection";
import type { SuborderView } from "../../chain/orders";
import { isCloisterError } from "../../core/errors";

/** What every task of a store beside its serving needs. */
export interface Rounds {
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/** Milliseconds after which what could not be done is tried again: the reason may be gone by then. */
const AGAIN = 10_000;

/**
 * Looks again and again, until the signal. A chain that does not answer is said once, and so is when it answers again: contents are
 * served on whatever the node says.
 *
 * @param interval milliseconds between two looks at the chain.
 */
export async function inRounds({ signal, say }: Rounds, interval: number, look: () => Promise<void>): Promise<void> {
  let silent = false;
  while (!signal.aborted) {
    try {
      await look();
      if (silent) say("The chain answers again");
      silent = false;
    } catch (error) {
      if (signal.aborted) return;
      if (!isConnectionTrouble(error) && !isCloisterError(error)) throw error;
      if (!silent) say(isConnectionTrouble(error) ? "The chain does not answer; asking again until it does" : `The chain could not be read: ${(error as Error).message}`);
      silent = true;
    }
    await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
}

/** What is done for storage suborders, one by one: what fails is said once for each reason, and tried again a little later. */
export class Attempts {
  private readonly failed = new Map<bigint, { readonly code: string; readonly at: number }>();

  /** @param failure what did not happen, for the log, e.g. `not granted`. */
  constructor(
    private readonly failure: string,
    private readonly say: (line: string) => void,
  ) {}

  /**
   * Does it, unless it failed a moment ago. Returns whether it was done.
   *
   * @param work returns what became of it, for the log; undefined where nothing is worth a line.
   */
  async attempt({ id, order }: SuborderView, work: () => Promise<string | undefined>): Promise<boolean> {
    const before = this.failed.get(id);
    if (before !== undefined && Date.now() - before.at < AGAIN) return false;
    const told = (line: string): void => this.say(`storage suborder ${id} of order ${order}: ${line}`);
    try {
      const line = await work();
      if (line !== undefined) told(line);
      this.failed.delete(id);
      return true;
    } catch (error) {
      if (!isCloisterError(error) || isConnectionTrouble(error)) throw error;
      if (before?.code !== error.code) told(`${this.failure}: ${error.code}: ${error.message}`);
      this.failed.set(id, { code: error.code, at: Date.now() });
      return false;
    }
  }
}
