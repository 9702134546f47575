// SPDX-License-Identifier: Apache-2.0

const running = new Map<string, Promise<unknown>>();

/** Runs actions on the same subject one after the other, within this process; a failed one does not stop the next. */
export async function inTurn<Result>(subject: string, action: () => Promise<Result>): Promise<Result> {
  const before = running.get(subject) ?? Promise.resolve();
  const mine = before.then(action, action);
  running.set(subject, mine);
  try {
    return await mine;
  } finally {
    if (running.get(subject) === mine) running.delete(subject);
  }
}
