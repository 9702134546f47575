// SPDX-License-Identifier: Apache-2.0
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { CloisterError, isCloisterError } from "../../core/errors";
import { DirectoryStore, type Swept } from "../directory";
import { contentExpired, objectMissing } from "../storeErrors";
import { assertGranted, type Grant, openToken, PREFIX, type Right } from "../token";
import { DEFAULT_PACE, type Pace, sendBody } from "./pace";
import { type Call, ERROR_CODE, rangeOf, readTarget, tokenOf, UPLOAD_OFFSET } from "./request";
import { Space, type SpaceLimits } from "./space";
import { type UploadPlace, Uploads } from "./uploads";

/** An object that the store has, and the storage suborder that it is to be kept for. */
export interface AskedReceipt {
  readonly suborder: bigint;
  readonly sha256: string;
  readonly size: number;
}

/** What the store answers: its provider's signature (0x-hex), and until when it now keeps the object (Unix seconds). */
export interface SignedReceipt {
  readonly signature: string;
  readonly keepUntil: number;
}

/** How a store server is run. */
export interface StoreServerOptions {
  /** Its directory: `objects/<prefix>/` is a directory store for each prefix, `token.key` the key of its tokens. */
  readonly directory: string;
  readonly key: Uint8Array;
  readonly limits?: SpaceLimits;
  readonly pace?: Pace;
  /** PEM of a certificate chain and its key; plain HTTP without. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Connections at a time. */
  readonly connections?: number;
  /** Signs receipts for storage suborders; the store gives none without. @throws CloisterError why it does not. */
  readonly receipts?: (asked: AskedReceipt) => Promise<SignedReceipt>;
  /** Unix seconds. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** Which right a method needs. */
const NEEDED: Readonly<Record<string, Right>> = { GET: "read", HEAD: "read", PUT: "write", PATCH: "write", POST: "write", DELETE: "delete" };

const STATUS: Readonly<Record<string, number>> = {
  RequestInvalid: 400, TokenMissing: 401, TokenInvalid: 401, TokenExpired: 401, TokenDenies: 403, NotFound: 404, ObjectMissing: 404, UploadMissing: 404, ClientTooSlow: 408, ClientGone: 408, UploadInProgress: 409,
  UploadOffsetWrong: 409, ReceiptsNotGiven: 404, ReceiptNotOurs: 403, ReceiptTooEarly: 409, ReceiptNotOpen: 409, ReceiptContentMismatch: 422, ReceiptUnavailable: 503, ContentExpired: 410, ObjectTooLarge: 413, RangeInvalid: 416, ObjectRefused: 422, StoreSpaceUsed: 507, TooManyObjects: 507, StoreFull: 507,
};

/** A refused request's body is read up to here, so that its sender gets to read why. */
const DRAINED = 32 << 20;

/**
 * A store that hosts share over HTTP. Objects are under the sha256 of their bytes, within the prefix that a token names; the server knows
 * no accounts and keeps no sessions.
 *
 *   GET, HEAD, PUT, DELETE  /<prefix>/<sha256>                              an object; one range at a time
 *   HEAD, GET, PATCH        /<prefix>/uploads/<name>                        how much of an upload is there; read it; add to it
 *   POST, DELETE            /<prefix>/uploads/<name>[?sha256=<sha256>]      make it the object; give it up
 *   POST                    /<prefix>/<sha256>/receipts/<suborder>          the store's signed receipt for a storage suborder
 */
export class StoreServer {
  readonly http: Server;
  private readonly root: string;
  private readonly space: Space;
  private readonly uploads = new Uploads();
  private readonly stores = new Map<string, DirectoryStore>();

  constructor(private readonly options: StoreServerOptions) {
    this.root = join(options.directory, "objects");
    this.space = new Space(this.root);
    const listener = (request: IncomingMessage, response: ServerResponse): void => void this.answer(request, response);
    // A body may take as long as it moves (see pace.ts); heads may not.
    const times = { headersTimeout: this.pace.windowMs / 2, requestTimeout: 0, keepAliveTimeout: 30_000, connectionsCheckingInterval: this.pace.windowMs / 10 };
    this.http = options.tls === undefined ? createServer(times, listener) : createTlsServer({ ...times, ...options.tls }, listener);
    this.http.maxConnections = options.connections ?? 512;
    // Answered like any other; the token is looked at before the client is told to go on.
    this.http.on("checkContinue", listener);
  }

  /** Removes what has expired, in every prefix. */
  async sweep(): Promise<Swept> {
    let [objects, bytes] = [0, 0];
    for (const prefix of (await readdir(this.root)).filter((name) => PREFIX.test(name))) {
      const swept = await this.storeOf(prefix).sweep();
      this.space.forget(prefix);
      objects += swept.objects;
      bytes += swept.bytes;
    }
    return { objects, bytes };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "" } = request;
    let where = "?";
    try {
      if (method === "GET" && request.url === "/") return respond(response, 200, { store: "cloister" });
      const target = readTarget(request.url ?? "");
      where = `${target.prefix}/${target.object ?? target.upload}`;
      const grant = openToken(this.options.key, tokenOf(request), this.options.now());
      this.check(method, target.upload !== undefined, grant, target.prefix, target.object ?? target.becomes);
      if (request.headers.expect !== undefined) response.writeContinue();
      await this.serve({ request, response, target, grant });
      this.options.log(`${method} ${where} ${response.statusCode}`);
    } catch (error) {
      this.refuse(request, response, `${method} ${where}`, error);
    }
  }

  /** An upload on its way belongs to who may write, for reading and giving up as well. */
  private check(method: string, upload: boolean, grant: Grant, prefix: string, sha256: string | undefined): void {
    const needed = NEEDED[method];
    if (needed === undefined) throw new CloisterError("RequestInvalid", `${method.slice(0, 10)} is no method of a store.`, "See docs/running-a-store.md.");
    assertGranted(grant, upload ? "write" : needed, prefix, sha256);
  }

  private async serve(call: Call): Promise<void> {
    const { request, response, target } = call;
    const place = await this.placeOf(call);
    if (target.receipt !== undefined) {
      if (request.method === "POST") return respond(response, 200, await this.receipt(place.store, target.receipt, target.object ?? ""));
    } else if (target.upload === undefined) {
      if (request.method === "PUT") return respond(response, 201, await this.uploads.put(call, place));
      if (request.method === "DELETE") return respond(response, 200, { deleted: await this.delete(call, place.store) });
      if (request.method === "GET" || request.method === "HEAD") return this.send(call, place.store);
    } else {
      if (request.method === "PATCH") return respond(response, 200, {}, { [UPLOAD_OFFSET]: String(await this.uploads.append(call, place)) });
      if (request.method === "HEAD") return respond(response, 200, undefined, { [UPLOAD_OFFSET]: String(await this.uploads.size(call, place)) });
      if (request.method === "POST" && target.becomes !== undefined) return respond(response, 201, await this.uploads.commit(call, place));
      if (request.method === "DELETE") return respond(response, 200, { deleted: await this.uploads.discard(call, place) });
      if (request.method === "GET") {
        const range = rangeOf(request, Number.MAX_SAFE_INTEGER);
        const bytes = await this.uploads.read(call, place, range?.start ?? 0, range?.length ?? Infinity);
        response.writeHead(range === undefined ? 200 : 206, { "content-length": bytes.length });
        return sendBody(response, once(bytes), this.pace);
      }
    }
    throw new CloisterError("RequestInvalid", `${request.method ?? ""} does not go with this address.`, "See docs/running-a-store.md.");
  }

  private async send({ request, response, target }: Call, store: DirectoryStore): Promise<void> {
    const { prefix, object = "" } = target;
    const found = await store.has(object);
    if (found === undefined) {
      const until = await store.expiredSince(object);
      throw until === undefined ? objectMissing(object, `at prefix ${prefix}`) : contentExpired(object, until);
    }
    const range = rangeOf(request, found.size);
    const { start, length } = range ?? { start: 0, length: found.size };
    response.writeHead(range === undefined ? 200 : 206, {
      "content-type": "application/octet-stream",
      "content-length": length,
      "accept-ranges": "bytes",
      ...(range && { "content-range": `bytes ${start}-${start + length - 1}/${found.size}` }),
    });
    if (request.method === "HEAD") return void response.end();
    // As a range, which is not hashed here: who reads verifies, and does not believe us.
    await sendBody(response, store.get(object, { start, length }), this.pace);
  }

  /** A receipt for what is here, which from now on is kept as long as was paid for. */
  private async receipt(store: DirectoryStore, suborder: bigint, sha256: string): Promise<{ size: number } & SignedReceipt> {
    const { receipts } = this.options;
    if (receipts === undefined) throw new CloisterError("ReceiptsNotGiven", "This store gives no receipts.", "Its operator starts it with --receipts where it sells storage.");
    const found = await store.has(sha256);
    if (found === undefined) throw objectMissing(sha256, "at this prefix");
    try {
      const signed = await receipts({ suborder, sha256, size: found.size });
      await store.keepLonger(sha256, signed.keepUntil);
      return { size: found.size, ...signed };
    } catch (error) {
      if (isCloisterError(error) && STATUS[error.code] !== undefined) throw error;
      // Who asks need not know where this store's chain is.
      this.options.log(`receipt for suborder ${suborder}: ${error instanceof Error ? error.message : String(error)}`);
      throw new CloisterError("ReceiptUnavailable", "The store cannot give a receipt now.", "Ask again later; its operator's log says more.");
    }
  }

  private async delete({ target }: Call, store: DirectoryStore): Promise<boolean> {
    const found = await store.has(target.object ?? "");
    if (found === undefined || !(await store.delete(found.sha256))) return false;
    await this.space.give(target.prefix, found.size, 1);
    return true;
  }

  private async placeOf({ request, target: { prefix }, grant }: Call): Promise<UploadPlace> {
    const { limits = {} } = this.options;
    // Only who may write makes a prefix come into being; the store's own directory must be there.
    if (request.method === "PUT" || request.method === "PATCH") await mkdir(join(this.root, prefix)).catch(unlessThere);
    const least = (a?: number, b?: number): number | undefined => (a === undefined ? b : Math.min(a, b ?? a));
    return {
      store: this.storeOf(prefix),
      space: this.space,
      limits: { largest: least(limits.largest, grant.largest), space: least(limits.space, grant.space), count: least(limits.count, grant.count), total: limits.total },
      pace: this.pace,
    };
  }

  /** The objects of a prefix; nothing is made where it does not exist. */
  storeOf(prefix: string): DirectoryStore {
    const store = this.stores.get(prefix) ?? new DirectoryStore(join(this.root, prefix), this.options.now);
    this.stores.set(prefix, store);
    return store;
  }

  private get pace(): Pace {
    return this.options.pace ?? DEFAULT_PACE;
  }

  /** What the client is told; paths of this machine and unexpected errors stay in the log. */
  private refuse(request: IncomingMessage, response: ServerResponse, what: string, error: unknown): void {
    const known = isCloisterError(error) ? error : undefined;
    // A prefix that nobody has written to yet is an empty one.
    const missing = known?.code === "StoreMissing" && request.method !== "PUT" && request.method !== "PATCH";
    const status = missing ? 404 : (STATUS[known?.code ?? ""] ?? 500);
    this.options.log(`${what} ${status} ${known?.code ?? (error instanceof Error ? error.message : String(error))}`);
    if (response.headersSent || response.destroyed) return void response.destroy();
    const told = missing ? objectMissing("of this name", "at this prefix") : known !== undefined && !known.code.startsWith("Store") ? known : ownFault(known);
    const { code, message, fix, details } = told;
    if (request.headers.expect !== undefined || Number(request.headers["content-length"] ?? 0) > DRAINED) response.shouldKeepAlive = false;
    else request.resume();
    // Also as a header, because the answer to HEAD has no body.
    respond(response, status, { error: { code, message, fix, details } }, { [ERROR_CODE]: code });
  }
}

function ownFault(known: CloisterError | undefined): CloisterError {
  if (known?.code === "StoreSpaceUsed") return known;
  if (known?.code === "StoreFull") return new CloisterError("StoreFull", "There is no space left on the store server.", "Ask its operator to free space, and start again.");
  return new CloisterError("StoreFailed", "The store server could not do this.", "Ask its operator: its log says more.");
}

function respond(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers });
  // Details of an error may be numbers of the chain.
  response.end(body === undefined ? undefined : JSON.stringify(body, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value)));
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
