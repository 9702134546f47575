// SPDX-License-Identifier: Apache-2.0
import type { StorageSettings } from "../core/config";
import type { SealedArguments } from "../core/sealed";
import { narrowToken, readToken } from "./token";

/** How a machine is told where a result goes: sealed to it with the order. */
export type ResultStore = SealedArguments["resultStore"];

/** Seconds for which a machine may store and a customer read a result. */
const LIFE = 90 * 24 * 3600;

/** Where the customer's results go by its configuration, with no more access than storing and reading results needs. */
export async function resultStoreOf(settings: StorageSettings): Promise<ResultStore> {
  if (settings.type === "DIRECTORY") return { type: "DIRECTORY", path: settings.path };
  if (settings.type === "HTTP") {
    const notAfter = Math.min(readToken(settings.token).notAfter, Math.floor(Date.now() / 1000) + LIFE);
    return { type: "HTTP", url: settings.url, token: narrowToken(settings.token, { rights: ["read", "write"], notAfter }) };
  }
  return { type: "EVENT" };
}
