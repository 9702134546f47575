// SPDX-License-Identifier: Apache-2.0
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CloisterError } from "../../core/errors";
import type { ResourcePlace } from "../../core/resource";
import type { ObjectStore, StoredObject } from "../objectStore";
import { type Far, persist } from "../resumed";
import { accessEnded } from "./presignedStore";
import { isPassing, unreachable } from "./s3Errors";

/**
 * One object of somebody's S3 bucket that may be written, by a presigned URL, and read by another. A bucket wants to know how long an object
 * is before its first byte, so it lies in a temporary file until then.
 */
export class PresignedDrop implements Pick<ObjectStore, "name" | "put" | "place">, Far {
  readonly name: string;

  constructor(
    private readonly putUrl: string,
    private readonly getUrl: string,
  ) {
    this.name = `S3:${new URL(putUrl).host}`;
  }

  place(sha256: string): ResourcePlace {
    return { type: "STORAGE_PROVIDER", storageType: "S3", filepath: sha256, credentials: { url: this.getUrl } };
  }

  async put(bytes: AsyncIterable<Uint8Array>): Promise<StoredObject> {
    const directory = await mkdtemp(join(tmpdir(), "cloister-drop-"));
    const path = join(directory, randomBytes(6).toString("hex"));
    try {
      const hash = createHash("sha256");
      let size = 0;
      await pipeline(
        bytes,
        async function* (pieces: AsyncIterable<Uint8Array>) {
          for await (const piece of pieces) {
            hash.update(piece);
            size += piece.length;
            yield piece;
          }
        },
        createWriteStream(path, { mode: 0o600, flags: "wx" }),
      );
      await persist(this, () => this.send(path, size));
      return { sha256: hash.digest("hex"), size };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  isPassing(error: unknown): boolean {
    return isPassing(error);
  }

  unreachable(error: unknown): Error {
    return unreachable(this.name, error);
  }

  private async send(path: string, size: number): Promise<void> {
    const url = new URL(this.putUrl);
    const request = (url.protocol === "https:" ? tlsRequest : plainRequest)(url, { method: "PUT", headers: { "content-length": size } });
    const answered = new Promise<number>((resolve, reject) => {
      request.on("response", (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      request.on("error", reject);
    });
    request.setTimeout(60_000, () => request.destroy(Object.assign(new Error("the connection is silent"), { code: "ETIMEDOUT" })));
    // A service that refuses may not read all: its answer counts then.
    const [status] = await Promise.all([answered, pipeline(createReadStream(path), request).catch((error: unknown) => answered.catch(() => Promise.reject(error as Error)))]);
    if (status >= 500) throw Object.assign(new Error(`the service answered ${status}`), { status });
    if (status === 401 || status === 403) throw accessEnded(this.name, this.putUrl, status);
    if (status !== 200) throw new CloisterError("StoreFailed", `${this.name} answered ${status} to a result.`, "Ask the bucket's owner.", { status });
  }
}
