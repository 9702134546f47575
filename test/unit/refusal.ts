// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { CloisterError } from "../../src/core/errors";

/** The named error that `action` ends with; fails when it succeeds or ends otherwise. */
export async function refusal(action: Promise<unknown> | (() => unknown), ...codes: string[]): Promise<CloisterError> {
  let found: unknown;
  try {
    await (typeof action === "function" ? action() : action);
  } catch (error) {
    found = error;
  }
  if (!(found instanceof CloisterError)) {
    throw found instanceof Error ? found : new Error(`Expected ${codes.join(" or ")}, but there was no refusal.`);
  }
  expect(codes, found.message).to.include(found.code);
  return found;
}
