// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import type { S3mini } from "s3mini";
import { Readable } from "node:stream";
import type { StorageSettings } from "../../core/config";
import { CloisterError } from "../../core/errors";
import { type Arriving, type Far, persist } from "../resumed";
import { isPassing, s3Error, unreachable } from "./s3Errors";
import { fieldsOf } from "./xml";

export type S3Settings = Extract<StorageSettings, { type: "S3" }>;

/** A part of a multipart upload that is there. */
export interface StoredPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly size: number;
}

/** Seconds that a request which s3mini can only presign is valid. */
const SOON = 900;

/** The few requests that a store needs of a bucket, repeated where the connection fails, with errors in our words. */
export class Bucket implements Far {
  readonly name: string;
  private client?: Promise<S3mini>;

  constructor(private readonly settings: S3Settings) {
    this.name = `${settings.endpoint.replace(/\/+$/, "")}/${settings.bucket}`;
  }

  isPassing(error: unknown): boolean {
    return isPassing(error);
  }

  unreachable(error: unknown): CloisterError {
    return unreachable(this.name, error);
  }

  /** Size of an object; undefined where there is none. */
  async size(key: string): Promise<number | undefined> {
    return this.ask(async (client) => {
      try {
        return await client.getContentLength(key);
      } catch (error) {
        // s3mini wraps what HEAD said, which names no reason: a GET does.
        const { status } = ((error as Error).cause ?? error) as { status?: number };
        if (status === 404) return undefined;
        if (status === 403) await client.getObjectRaw(key, false, 0, 1);
        throw (error as Error).cause ?? error;
      }
    });
  }

  /** A short object as text; undefined where there is none. */
  async text(key: string): Promise<string | undefined> {
    return this.ask(async (client) => (await client.getObject(key)) ?? undefined);
  }

  /** Begins to read an object: from `start` up to `end`, or all of it. */
  async open(key: string, start: number | undefined, end: number | undefined): Promise<Arriving> {
    const client = await this.s3();
    const response = await client.getObjectRaw(key, end === undefined, start, end).catch((error: unknown) => {
      throw isPassing(error) ? error : s3Error(this.name, error);
    });
    return arriving(response, end !== undefined, this.name);
  }

  async put(key: string, bytes: Buffer): Promise<void> {
    await this.ask((client) => client.putObject(key, bytes, "application/octet-stream", undefined, contentMd5(bytes)));
  }

  async delete(key: string): Promise<void> {
    await this.ask((client) => client.deleteObject(key));
  }

  /** Keys below a prefix. */
  async *keys(prefix: string): AsyncGenerator<string> {
    for (let token: string | undefined, first = true; first || token !== undefined; first = false) {
      const page = await this.ask((client) => client.listObjectsPaged("/", prefix, 1000, token));
      for (const { Key } of page?.objects ?? []) yield Key;
      token = page?.nextContinuationToken;
    }
  }

  beginMultipart(key: string): Promise<string> {
    return this.ask((client) => client.getMultipartUploadId(key));
  }

  async part(key: string, uploadId: string, partNumber: number, bytes: Buffer): Promise<StoredPart> {
    const { etag } = await this.ask((client) => client.uploadPart(key, uploadId, bytes, partNumber, {}, undefined, contentMd5(bytes)));
    return { partNumber, etag, size: bytes.length };
  }

  /** The parts that are there; undefined where there is no such upload (any more). */
  async parts(key: string, uploadId: string): Promise<StoredPart[] | undefined> {
    const found: StoredPart[] = [];
    for (let marker = "0"; marker !== ""; ) {
      const page = await this.presigned("GET", key, { uploadId, "part-number-marker": marker });
      if (page === undefined) return undefined;
      for (const { PartNumber, ETag, Size } of fieldsOf(page, "Part")) found.push({ partNumber: Number(PartNumber), etag: unquoted(ETag), size: Number(Size) });
      const [list] = fieldsOf(page, "ListPartsResult");
      marker = list?.IsTruncated === "true" ? (list.NextPartNumberMarker ?? "") : "";
    }
    return found;
  }

  async complete(key: string, uploadId: string, parts: readonly StoredPart[]): Promise<void> {
    await this.ask((client) => client.completeMultipartUpload(key, uploadId, parts.map(({ partNumber, etag }) => ({ partNumber, etag }))));
  }

  async abort(key: string, uploadId: string): Promise<void> {
    await this.ask((client) => client.abortMultipartUpload(key, uploadId));
  }

  async copy(from: string, to: string): Promise<void> {
    await this.ask((client) => client.copyObject(from, to));
  }

  /** Copies a range of an object into a part of a multipart upload, within the service. */
  async copyPart(from: string, to: string, uploadId: string, partNumber: number, start: number, end: number): Promise<StoredPart> {
    const headers = { "x-amz-copy-source": `/${this.settings.bucket}/${from}`, "x-amz-copy-source-range": `bytes=${start}-${end - 1}` };
    const answer = await this.presigned("PUT", to, { uploadId, partNumber: String(partNumber) }, headers);
    const [copied] = fieldsOf(answer ?? "", "CopyPartResult");
    if (copied?.ETag === undefined) throw new CloisterError("StoreFailed", `${this.name} did not copy part ${partNumber} of ${to}.`, "Start again.", { partNumber });
    return { partNumber, etag: unquoted(copied.ETag), size: end - start };
  }

  /** A URL that does one thing with one object for so many seconds (a week at most), without our keys. */
  presign(method: "GET" | "PUT", key: string, seconds: number): Promise<string> {
    return this.s3().then((client) => client.getPresignedUrl(method, key, seconds));
  }

  /** A request that s3mini signs, but does not send itself; undefined for 404. */
  private async presigned(method: "GET" | "PUT", key: string, query: Record<string, string>, headers: Record<string, string> = {}): Promise<string | undefined> {
    return this.ask(async (client) => {
      const response = await fetch(await client.getPresignedUrl(method, key, SOON, query, headers), { method, headers });
      const text = await response.text();
      if (response.status === 404) return undefined;
      if (response.ok) return text;
      throw Object.assign(new Error(`the service answered ${response.status}`), { status: response.status, serviceCode: fieldsOf(text, "Error")[0]?.Code });
    });
  }

  private async ask<Result>(action: (client: S3mini) => Promise<Result>): Promise<Result> {
    const client = await this.s3();
    try {
      return await persist(this, () => action(client));
    } catch (error) {
      throw s3Error(this.name, error);
    }
  }

  /** Loaded at first use, so that other stores do not pay for it. */
  private s3(): Promise<S3mini> {
    const { accessKeyId, secretKey, region } = this.settings;
    this.client ??= import("s3mini").then(({ S3mini: Client }) => new Client({ accessKeyId, secretAccessKey: secretKey, region, endpoint: this.name }));
    return this.client;
  }
}

/** An answer's body, of which only the length is believed. */
export function arriving(response: Response, partial: boolean, name: string): Arriving {
  if (partial !== (response.status === 206) || response.body === null) {
    throw new CloisterError("StoreFailed", `${name} answered another part than was asked for.`, "Use a service that reads ranges.");
  }
  const bytes = Readable.fromWeb(response.body as import("node:stream/web").ReadableStream<Uint8Array>);
  return { bytes, length: Number(response.headers.get("content-length")) };
}

/** The service refuses what was damaged on its way. */
function contentMd5(bytes: Buffer): Record<`x-amz-${string}`, string> {
  const headers: Record<string, string> = { "content-md5": createHash("md5").update(bytes).digest("base64") };
  return headers;
}

function unquoted(etag = ""): string {
  return etag.replaceAll(/&quot;|"/g, "");
}
