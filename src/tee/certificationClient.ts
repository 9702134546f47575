// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";

import { CloisterError } from "../core/errors";
import { readShape } from "../core/schema";
import { platformCollateralSchema } from "../core/trust";

/** A device's request as it travels: bytes in base64. */
export const deviceRequestSchema = v.object({
  publicKey: v.string(),
  ageRecipient: v.string(),
  quote: v.string(),
  collateral: v.optional(platformCollateralSchema),
  proofOfPossession: v.string(),
});
export type DeviceRequestMessage = v.InferOutput<typeof deviceRequestSchema>;

const answerSchema = v.object({ chain: v.string() });

/**
 * Asks a certification authority for a device certificate.
 *
 * @returns PEM chain: root, sub CA, device.
 * @throws CloisterError `AuthorityUnreachable`, or what the authority says.
 */
export async function requestDeviceCertificate(url: string, request: DeviceRequestMessage): Promise<string> {
  const response = await fetch(new URL("/devices", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(request),
    signal: AbortSignal.timeout(20_000),
  }).catch((error: unknown) => {
    throw new CloisterError("AuthorityUnreachable", `The certification authority at ${url} does not answer.`, "Start it (`ca run`), or correct machine.authority in the configuration.", { url }, { cause: error });
  });
  const answer: unknown = await response.json().catch(() => ({}));
  if (!response.ok) {
    const { code = "AuthorityRefused", message = `The certification authority answered ${response.status}.`, fix } = ((answer as { error?: { code?: string; message?: string; fix?: string } }).error ?? {});
    throw new CloisterError(code, message, fix, { url });
  }
  return readShape(answerSchema, answer, { what: "The certification authority's answer", code: "AuthorityAnswerInvalid", fix: "Use an authority of the same version." }).chain;
}
