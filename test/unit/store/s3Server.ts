// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { verifySigV4 } from "./sigV4";

/**
 * A small S3 service for tests, on the loopback, with objects as files: one bucket in path style, single and multipart uploads, ranges,
 * copies, listings. It is no part of the product and knows only what our client asks; what matters is that, unlike the test servers on
 * npm, it verifies the signature of every request (sigV4.ts) and every Content-MD5, and answers errors as S3 does.
 */
export interface S3Server {
  readonly endpoint: string;
  readonly port: number;
  readonly bucket: string;
  readonly accessKeyId: string;
  readonly secretKey: string;
  /** Requests, as method and path, with S3's name for the operation where it is one of a multipart upload. */
  readonly log: string[];
  /** The file of an object. */
  path(key: string): string;
  keys(): string[];
  /** Multipart uploads that were neither completed nor aborted. */
  uploads(): string[];
  /** Answers the next requests with 503, as services do under load. */
  overload(requests: number): void;
  stop(): Promise<void>;
}

const BUCKET = "contents";
const REGION = "eu-test-1";

export async function startS3(directory: string, options: { keys?: Record<string, string>; port?: number; now?: () => Date } = {}): Promise<S3Server> {
  const [objects, multiparts] = [join(directory, "objects"), join(directory, "multiparts")];
  for (const one of [objects, multiparts]) mkdirSync(one, { recursive: true });
  const accessKeyId = "AKIATEST";
  const secrets = options.keys ?? { [accessKeyId]: randomBytes(20).toString("hex") };
  const path = (key: string): string => join(objects, encodeURIComponent(key));
  const log: string[] = [];
  let overloaded = 0;

  const server = createServer((request, response) => {
    void answer(request, response).catch((error: unknown) => {
      if (!response.headersSent) fail(response, 500, error instanceof Error ? error.message : "InternalError");
      response.destroy();
    });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "", url = "", headers } = request;
    const refused = verifySigV4({ method, url, headers }, secrets, REGION, options.now?.() ?? new Date());
    const { pathname, searchParams: query } = new URL(url, "http://x");
    const [, bucket, ...steps] = pathname.split("/");
    const key = decodeURIComponent(steps.join("/"));
    log.push(`${method} ${key}${["uploads", "partNumber", "list-type"].filter((name) => query.has(name)).map((name) => ` ${name}`).join("")}${query.has("uploadId") && !query.has("partNumber") ? " uploadId" : ""}`);
    if (refused !== undefined) return drainAndFail(request, response, 403, refused);
    if (overloaded > 0 && overloaded-- > 0) return drainAndFail(request, response, 503, "SlowDown");
    if (bucket !== BUCKET) return drainAndFail(request, response, 404, "NoSuchBucket");
    if (query.has("list-type")) return list(response, query.get("prefix") ?? "", query.get("continuation-token") ?? "");
    if (query.has("uploads") || query.has("uploadId")) return multipart(request, response, key, query);
    if (method === "PUT" && headers["x-amz-copy-source"] !== undefined) {
      const source = path(decodeURIComponent(String(headers["x-amz-copy-source"])).replace(`/${BUCKET}/`, ""));
      if (!existsSync(source)) return fail(response, 404, "NoSuchKey");
      await pipeline(createReadStream(source), createWriteStream(path(key)));
      return xml(response, `<CopyObjectResult><ETag>&quot;${"0".repeat(32)}&quot;</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></CopyObjectResult>`);
    }
    if (method === "PUT") {
      const etag = await receive(request, path(key));
      return etag === undefined ? fail(response, 400, "BadDigest") : void response.writeHead(200, { etag: `"${etag}"` }).end();
    }
    if (method === "DELETE") {
      rmSync(path(key), { force: true });
      return void response.writeHead(204).end();
    }
    if (!existsSync(path(key))) return fail(response, 404, "NoSuchKey");
    return send(request, response, path(key));
  }

  async function multipart(request: IncomingMessage, response: ServerResponse, key: string, query: URLSearchParams): Promise<void> {
    const { method = "", headers } = request;
    if (query.has("uploads")) {
      const uploadId = randomBytes(12).toString("hex");
      mkdirSync(join(multiparts, uploadId));
      return xml(response, `<InitiateMultipartUploadResult><Bucket>${BUCKET}</Bucket><Key>${key}</Key><UploadId>${uploadId}</UploadId></InitiateMultipartUploadResult>`);
    }
    const upload = join(multiparts, /^[0-9a-f]{24}$/.exec(query.get("uploadId") ?? "")?.[0] ?? "none");
    if (!existsSync(upload)) return drainAndFail(request, response, 404, "NoSuchUpload");
    const parts = readdirSync(upload).filter((name) => !name.endsWith(".part")).map((name) => ({ number: Number(name.split("-")[0]), etag: name.split("-")[1] ?? "", file: join(upload, name) })).sort((a, b) => a.number - b.number);
    if (method === "PUT") {
      const number = Number(query.get("partNumber"));
      const file = join(upload, `${number}.part`);
      const source = headers["x-amz-copy-source"];
      if (source !== undefined) {
        const [, start, end] = /^bytes=(\d+)-(\d+)$/.exec(String(headers["x-amz-copy-source-range"])) ?? [];
        await pipeline(createReadStream(path(decodeURIComponent(String(source)).replace(`/${BUCKET}/`, "")), { start: Number(start), end: Number(end) }), createWriteStream(file));
      }
      const etag = source === undefined ? await receive(request, file) : createHash("md5").update(readFileSync(file)).digest("hex");
      if (etag === undefined) return fail(response, 400, "BadDigest");
      for (const old of parts.filter((part) => part.number === number)) rmSync(old.file);
      renameSync(file, join(upload, `${number}-${etag}`));
      return source === undefined ? void response.writeHead(200, { etag: `"${etag}"` }).end() : xml(response, `<CopyPartResult><ETag>"${etag}"</ETag></CopyPartResult>`);
    }
    if (method === "GET") {
      // Two a page, so that the client has to turn pages.
      const after = parts.filter(({ number }) => number > Number(query.get("part-number-marker") ?? 0));
      const page = after.slice(0, 2);
      const more = after.length > page.length ? `<IsTruncated>true</IsTruncated><NextPartNumberMarker>${page.at(-1)?.number}</NextPartNumberMarker>` : "<IsTruncated>false</IsTruncated>";
      return xml(response, `<ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Key>${key}</Key>${more}${page.map(({ number, etag, file }) => `<Part><PartNumber>${number}</PartNumber><ETag>&quot;${etag}&quot;</ETag><Size>${statSync(file).size}</Size></Part>`).join("")}</ListPartsResult>`);
    }
    if (method === "POST") {
      const body = await text(request);
      const named = [...body.matchAll(/<PartNumber>(\d+)<\/PartNumber>\s*<ETag>(?:"|&quot;)?([0-9a-f]+)/g)].map(([, number, etag]) => parts.find((part) => part.number === Number(number) && part.etag === etag));
      if (named.length === 0 || named.includes(undefined)) return fail(response, 400, "InvalidPart");
      const short = named.slice(0, -1).some((part) => statSync(part!.file).size < 5 << 20);
      if (short) return fail(response, 400, "EntityTooSmall");
      const whole = join(multiparts, `${randomBytes(6).toString("hex")}.whole`);
      for (const part of named) await pipeline(createReadStream(part!.file), createWriteStream(whole, { flags: "a" }));
      renameSync(whole, path(key));
      rmSync(upload, { recursive: true });
      return xml(response, `<CompleteMultipartUploadResult><Key>${key}</Key><ETag>"${randomBytes(16).toString("hex")}-${named.length}"</ETag></CompleteMultipartUploadResult>`);
    }
    rmSync(upload, { recursive: true });
    return void response.writeHead(204).end();
  }

  function list(response: ServerResponse, prefix: string, after: string): void {
    const all = readdirSync(objects).map(decodeURIComponent).filter((key) => key.startsWith(prefix) && key > after).sort();
    const page = all.slice(0, 2);
    const more = all.length > page.length ? `<IsTruncated>true</IsTruncated><NextContinuationToken>${page.at(-1)}</NextContinuationToken>` : "<IsTruncated>false</IsTruncated>";
    xml(response, `<ListBucketResult><Name>${BUCKET}</Name><KeyCount>${page.length}</KeyCount>${more}${page.map((key) => `<Contents><Key>${key}</Key><Size>${statSync(path(key)).size}</Size><ETag>"0"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>`).join("")}</ListBucketResult>`);
  }

  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    port,
    bucket: BUCKET,
    accessKeyId: Object.keys(secrets)[0]!,
    secretKey: Object.values(secrets)[0]!,
    log,
    path,
    keys: () => readdirSync(objects).map(decodeURIComponent).sort(),
    uploads: () => readdirSync(multiparts),
    overload: (requests) => void (overloaded = requests),
    async stop() {
      server.closeAllConnections();
      if (server.listening) await new Promise((done) => server.close(done));
    },
  };
}

/** How a configuration names it. */
export function settingsOf({ endpoint, bucket, accessKeyId, secretKey }: S3Server) {
  return { type: "S3", endpoint, region: REGION, bucket, prefix: "room", accessKeyId, secretKey } as const;
}

/** A body into a file that appears when it is whole; undefined where its MD5 is not the one that was said. */
async function receive(request: IncomingMessage, path: string): Promise<string | undefined> {
  const hash = createHash("md5");
  const temporary = `${path}.${randomBytes(6).toString("hex")}.part`;
  request.on("data", (piece: Buffer) => hash.update(piece));
  try {
    await pipeline(request, createWriteStream(temporary));
    const digest = hash.digest();
    const said = request.headers["content-md5"];
    if (said !== undefined && said !== digest.toString("base64")) return undefined;
    renameSync(temporary, path);
    return digest.toString("hex");
  } finally {
    rmSync(temporary, { force: true });
  }
}

function send(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> | void {
  const { size } = statSync(path);
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (first !== undefined && Number(first) >= size) return fail(response, 416, "InvalidRange");
  const start = Number(first ?? 0);
  const end = Math.min(size, last === undefined || last === "" ? size : Number(last) + 1);
  response.writeHead(first === undefined ? 200 : 206, { "content-length": end - start, ...(first !== undefined && { "content-range": `bytes ${start}-${end - 1}/${size}` }) });
  if (request.method === "HEAD" || end === start) return void response.end();
  return pipeline(createReadStream(path, { start, end: end - 1 }), response).catch(() => undefined); // the client left
}

async function text(request: IncomingMessage): Promise<string> {
  let all = "";
  for await (const piece of request) all += String(piece);
  return all;
}

async function drainAndFail(request: IncomingMessage, response: ServerResponse, status: number, code: string): Promise<void> {
  for await (const piece of request) void piece;
  fail(response, status, code);
}

function fail(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { "content-type": "application/xml" });
  response.end(`<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>refused</Message></Error>`);
}

function xml(response: ServerResponse, body: string): void {
  response.writeHead(200, { "content-type": "application/xml" });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>${body}`);
}

/** Keeps the secret of a server that is started again. */
export function restarted(before: S3Server, directory: string): Promise<S3Server> {
  return startS3(directory, { keys: { [before.accessKeyId]: before.secretKey }, port: before.port });
}

/** Puts bytes where an object's are: what a store that lies would serve. */
export function replaceObject(server: S3Server, key: string, bytes: Uint8Array): void {
  writeFileSync(server.path(key), bytes);
}
