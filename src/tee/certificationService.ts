// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";

import { CloisterError, isCloisterError } from "../core/errors";
import { readJson, readShape } from "../core/schema";
import { chainToPem } from "../crypto/certificateContents";
import { fromSpki, keyId } from "../crypto/keys";
import type { Trust } from "../evidence/trust";
import { type CertificationAuthority, issueDeviceCertificate } from "./certificationAuthority";
import { deviceRequestSchema, type DeviceRequestMessage } from "./certificationClient";
import type { CertificationLog } from "./certificationLog";
import { makeRevocationList, revokedDevices } from "./certificationRevocations";

/** How the service is run. */
export interface CertificationServiceOptions {
  readonly authority: CertificationAuthority;
  /** Read anew for every request, so that new reference values count at once. */
  readonly trust: () => Promise<Trust>;
  /** What was issued, refused and revoked; read anew for every request, so that a revocation counts at once. */
  readonly log: CertificationLog;
  /** Seconds that a device certificate lives. */
  readonly lifetime: number;
  /** Seconds that a revocation list is good for. */
  readonly listLife: number;
  readonly say: (line: string) => void;
}

/** Longest request: evidence and collateral are some ten kilobytes. */
const LONGEST = 256 * 1024;

/**
 * The sub CA as an HTTP service: `POST /devices` answers evidence with a certificate chain, `GET /root` with the root, `GET /crl` with
 * its revocation list (DER), `GET /log` with what it did.
 */
export function certificationService(options: CertificationServiceOptions): Server {
  return createServer((request, response) => {
    void answer(options, request)
      .then(({ status, body }) => respond(response, status, body))
      .catch((error: unknown) => {
        if (!isCloisterError(error)) options.say(`request failed: ${error instanceof Error ? error.message : String(error)}`);
        const { code, message, fix } = isCloisterError(error) ? error : new CloisterError("AuthorityFailed", "The authority could not answer.", "See its log.");
        options.say(`refused: ${code}: ${message}`);
        respond(response, isCloisterError(error) ? 422 : 500, { error: { code, message, fix } });
      });
  });
}

async function answer(options: CertificationServiceOptions, request: IncomingMessage): Promise<{ status: number; body: unknown }> {
  const { authority, log, listLife } = options;
  if (request.method === "GET" && request.url === "/root") return { status: 200, body: { certificate: chainToPem([authority.root]) } };
  if (request.method === "GET" && request.url === "/crl") return { status: 200, body: await makeRevocationList(authority.subCa, (await log.read()).entries, new Date(), listLife) };
  if (request.method === "GET" && request.url === "/log") return { status: 200, body: await log.read() };
  if (request.method !== "POST" || request.url !== "/devices") return { status: 404, body: { error: { code: "NotFound", message: "There is nothing here.", fix: "POST /devices, or GET /root, /crl or /log." } } };
  const reading = { what: "The request", code: "DeviceRequestInvalid", fix: "Use `tee run` of the same version." };
  return { status: 200, body: { chain: await certify(options, readShape(deviceRequestSchema, readJson(await bodyOf(request), reading), reading)) } };
}

/** Issues and logs; refusals are logged too, before they are answered. */
async function certify({ authority, trust, log, lifetime, say }: CertificationServiceOptions, message: DeviceRequestMessage): Promise<string> {
  const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "base64"));
  const [publicKey, at] = [bytes(message.publicKey), new Date()];
  const device = keyId(fromSpki(publicKey));
  const revoked = revokedDevices((await log.read()).entries);
  const refuse = (id: string) => {
    const found = revoked.get(id);
    if (found) throw new CloisterError("DeviceRevoked", `Device ${id} was revoked at ${found.at.toISOString()}: ${found.reason}.`, "Start the machine anew: its loader then has another key. Ask the authority if that is refused too.", { device: id });
  };
  try {
    const request = { publicKey, ageRecipient: message.ageRecipient, quote: bytes(message.quote), collateral: message.collateral, proofOfPossession: bytes(message.proofOfPossession) };
    const chain = await issueDeviceCertificate(authority, request, { trust: await trust(), at, lifetime, refuse });
    const { commonName, fingerprint, serialNumber, validUntil } = chain.at(-1)!;
    // What is not in the log was not issued: it is written before anybody has the certificate.
    await log.append({ what: "issued", device, serial: serialNumber, fingerprint, until: validUntil.toISOString() }, at);
    say(`issued "${commonName}" (${fingerprint}) until ${validUntil.toISOString()}`);
    return chainToPem(chain);
  } catch (error) {
    if (isCloisterError(error) && error.code !== "LogBroken") await log.append({ what: "refused", device, reason: `${error.code}: ${error.message}` }, at);
    throw error;
  }
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
  const list = body instanceof Uint8Array;
  response.writeHead(status, { "content-type": list ? "application/pkix-crl" : "application/json" });
  response.end(list ? body : JSON.stringify(body));
}
