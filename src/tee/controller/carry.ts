// SPDX-License-Identifier: Apache-2.0
import { setTimeout as sleep } from "node:timers/promises";

import { isConnectionTrouble } from "../../chain/connection";
import type { Receipt } from "../../chain/send";
import { CloisterError, isCloisterError } from "../../core/errors";

/** Something to be done on chain exactly once. */
export interface Errand {
  /** For the log, e.g. `the report`. */
  readonly what: string;
  /** Whether the chain shows it done, or past being done: asked before anything is sent a second time. */
  readonly done: () => Promise<boolean>;
  readonly send: () => Promise<Receipt>;
  /** Whether an ended certificate is no reason to wait: where it is the very thing that is sent. */
  readonly ownCertificate?: boolean;
}

/** How long and how an errand is tried. */
export interface Patience {
  readonly log: (line: string) => void;
  /** Whether it is too late to try again. */
  readonly over: () => boolean;
}

/** How long a receipt may take before the chain is asked what became of the transaction, in milliseconds. */
const RECEIPT = 90_000;
/** How often the chain is looked at while a receipt is waited for, in milliseconds. */
const LOOK = 3000;
const [FIRST_WAIT, LONGEST_WAIT] = [200, 5000];
/** A machine whose certificate is just being renewed is refused for a while. */
const PASSING = new Set(["CertificateExpired", "NonceTaken"]);
const PASSING_FOR = 120_000;

/**
 * Carries something to the chain. A connection that drops, or a receipt that never comes, leaves open whether the chain took it: so
 * the chain is looked at before it is sent again.
 *
 * @returns the receipt; undefined where the chain showed it done.
 * @throws CloisterError what the contract refuses, `ChainUnreachable` when patience is over.
 */
export async function carry({ what, done, send, ownCertificate = false }: Errand, patience: Patience): Promise<Receipt | undefined> {
  const began = Date.now();
  for (let attempt = 0; ; attempt++) {
    try {
      if (attempt > 0 && (await done())) return undefined;
      return await received(send(), done);
    } catch (error) {
      const open = isConnectionTrouble(error) || isCloisterError(error, "ReceiptLate");
      const passing = isCloisterError(error) && PASSING.has(error.code) && !(ownCertificate && error.code === "CertificateExpired") && Date.now() - began < PASSING_FOR;
      if (!open && !passing) {
        // Another attempt of ours, or somebody else, may have been faster.
        if (await steadily(done, patience)) return undefined;
        throw error;
      }
      if (patience.over()) throw error;
      if (attempt === 0) patience.log(`${what}: ${reasonOf(error)} Looking at the chain before sending again.`);
      await pause(attempt);
    }
  }
}

/** Asks the chain until it answers. @throws CloisterError `ChainUnreachable` when patience is over. */
export async function steadily<Value>(ask: () => Promise<Value>, patience: Patience): Promise<Value> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (!isConnectionTrouble(error) || patience.over()) throw error;
      await pause(attempt);
    }
  }
}

/** An error in one line. */
export function reasonOf(error: unknown): string {
  if (isCloisterError(error)) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}

function pause(attempt: number): Promise<void> {
  return sleep(Math.min(FIRST_WAIT * 2 ** Math.min(attempt, 8), LONGEST_WAIT));
}

/** Waits for the receipt, or until the chain shows the thing done: a receipt that is lost once is not always told again. */
async function received(sending: Promise<Receipt>, done: () => Promise<boolean>): Promise<Receipt | undefined> {
  const ended = new AbortController();
  const looking = async (): Promise<undefined> => {
    for (const until = Date.now() + RECEIPT; Date.now() < until; ) {
      await sleep(LOOK, undefined, { signal: ended.signal });
      if (await done().catch((error: unknown) => (isConnectionTrouble(error) ? false : Promise.reject(error as Error)))) return undefined;
    }
    throw new CloisterError("ReceiptLate", `The chain gave no receipt within ${RECEIPT / 1000} s.`, "Check the node, and that the account pays enough for gas.");
  };
  const looked = looking().catch((error: unknown) => (ended.signal.aborted ? undefined : Promise.reject(error as Error)));
  looked.catch(() => undefined);
  try {
    return await Promise.race([sending, looked]);
  } finally {
    ended.abort();
  }
}
