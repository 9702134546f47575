// SPDX-License-Identifier: Apache-2.0
import { isCloisterError } from "../core/errors";

/** Codes by which Node and ethers say that the other side did not answer, or answered with nothing that can be read. */
const TROUBLE = new Set(["ECONNREFUSED", "ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "NETWORK_ERROR", "SERVER_ERROR", "TIMEOUT", "UND_ERR_SOCKET", "BUFFER_OVERRUN", "BAD_DATA"]);

/** Whether an error says that the chain did not answer: then nobody knows whether it took what was sent, and asking again is right. */
export function isConnectionTrouble(error: unknown): boolean {
  for (let current: unknown = error, depth = 0; current !== null && typeof current === "object" && depth < 6; depth++) {
    if (isCloisterError(current, "ChainUnreachable")) return true;
    const { code, cause, error: inner } = current as { code?: unknown; cause?: unknown; error?: unknown };
    if (typeof code === "string" && TROUBLE.has(code)) return true;
    if (current instanceof Error && /socket hang up|connection (?:reset|closed)|aborted/i.test(current.message) && code === undefined) return true;
    current = cause ?? inner;
  }
  return false;
}
