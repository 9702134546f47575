// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { CloisterError, isCloisterError } from "../core/errors";
import { readJson, readShape } from "../core/schema";
import { chainToPem } from "../crypto/certificateContents";
import type { Trust } from "../evidence/trust";
import { type CertificationAuthority, issueDeviceCertificate } from "./certificationAuthority";
import { deviceRequestSchema } from "./certificationClient";

/** How the service is run. */
export interface CertificationServiceOptions {
  readonly authority: CertificationAuthority;
  /** Read anew for every request, so that new reference values count at once. */
  readonly trust: () => Promise<Trust>;
  /** Seconds that a device certificate lives. */
  readonly lifetime: number;
  readonly log: (line: string) => void;
}

/** Longest request: evidence and collateral are some ten kilobytes. */
const LONGEST = 256 * 1024;

/** The sub CA as an HTTP service: `POST /devices` answers evidence with a certificate chain, `GET /root` with the root. */
export function certificationService(options: CertificationServiceOptions): Server {
  return createServer((request, response) => {
    void answer(options, request)
      .then(({ status, body }) => respond(response, status, body))
      .catch((error: unknown) => {
        if (!isCloisterError(error)) options.log(`request failed: ${error instanceof Error ? error.message : String(error)}`);
        const { code, message, fix } = isCloisterError(error) ? error : new CloisterError("AuthorityFailed", "The authority could not answer.", "See its log.");
        options.log(`refused: ${code}: ${message}`);
        respond(response, isCloisterError(error) ? 422 : 500, { error: { code, message, fix } });
      });
  });
}

async function answer({ authority, trust, lifetime, log }: CertificationServiceOptions, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  if (request.method === "GET" && request.url === "/root") return { status: 200, body: { certificate: chainToPem([authority.root]) } };
  if (request.method !== "POST" || request.url !== "/devices") return { status: 404, body: { error: { code: "NotFound", message: "There is nothing here.", fix: "POST /devices, or GET /root." } } };
  const reading = { what: "The request", code: "DeviceRequestInvalid", fix: "Use `tee run` of the same version." };
  const { publicKey, ageRecipient, quote, collateral, proofOfPossession } = readShape(deviceRequestSchema, readJson(await bodyOf(request), reading), reading);
  const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "base64"));
  const chain = await issueDeviceCertificate(
    authority,
    { publicKey: bytes(publicKey), ageRecipient, quote: bytes(quote), collateral, proofOfPossession: bytes(proofOfPossession) },
    { trust: await trust(), at: new Date(), lifetime },
  );
  const device = chain.at(-1)!;
  log(`issued "${device.commonName}" (${device.fingerprint}) until ${device.validUntil.toISOString()}`);
  return { status: 200, body: { chain: chainToPem(chain) } };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LONGEST) throw new CloisterError("DeviceRequestInvalid", `The request is longer than ${LONGEST} bytes.`, "Send one device's evidence.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
