// SPDX-License-Identifier: Apache-2.0
import type { StorageSettings } from "../core/config";
import type { SealedArguments } from "../core/sealed";
import { DirectoryStore } from "./directory";
import { HttpStore } from "./http/httpStore";
import type { ObjectStore } from "./objectStore";
import { PresignedDrop } from "./s3/drop";
import { S3Store } from "./s3/s3Store";
import { narrowToken, readToken } from "./token";

/** How a machine is told where a result goes: sealed to it with the order. */
export type ResultStore = SealedArguments["resultStore"];

/** Seconds for which a machine may store and a customer read a result, where the store permits that long. */
const LIFE = 90 * 24 * 3600;

/**
 * Where the customer's results go by its configuration, with no more access than that needs: of a directory its path; of a store server a
 * token that stores and reads; of an S3 bucket one object, to be written and read within a week, the most that presigned URLs permit.
 */
export async function resultStoreOf(settings: StorageSettings): Promise<ResultStore> {
  if (settings.type === "DIRECTORY") return { type: "DIRECTORY", path: settings.path };
  if (settings.type === "S3") return { type: "S3", ...(await new S3Store(settings).dropbox()) };
  const notAfter = Math.min(readToken(settings.token).notAfter, Math.floor(Date.now() / 1000) + LIFE);
  return { type: "HTTP", url: settings.url, token: narrowToken(settings.token, { rights: ["read", "write"], notAfter }) };
}

/** The machine's side: where to put a result; undefined where it goes into the event itself. `place` is what may be published. */
export function openResultStore(wanted: ResultStore): Pick<ObjectStore, "name" | "put" | "place"> | undefined {
  if (wanted.type === "EVENT") return undefined;
  if (wanted.type === "HTTP") return new HttpStore(wanted.url, wanted.token);
  if (wanted.type === "S3") return new PresignedDrop(wanted.put, wanted.get);
  return new DirectoryStore(wanted.path);
}
