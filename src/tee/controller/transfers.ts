// SPDX-License-Identifier: Apache-2.0
import { createReadStream, createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { CloisterError } from "../../core/errors";
import type { ResourcePlace } from "../../core/resource";
import { encodeGrantedPointer, encodeResultPointer, MAX_INLINE_RESULT } from "../../core/result";
import { HttpStore } from "../../store/http/httpStore";
import type { ObjectStore } from "../../store/objectStore";
import { storeOf } from "../../store/openStore";
import { openResultStore } from "../../store/resultStore";
import type { GrantedStore, ResultStore } from "../loader/protocol";
import { reasonOf } from "./carry";

/** A sealed result on this machine's disk, and where its customer wants it. */
export interface SealedFile {
  readonly path: string;
  readonly size: number;
  readonly store?: ResultStore;
  /** Storage that was bought for it, and granted: before all others. */
  readonly granted?: GrantedStore;
}

/** What became of a result: the bytes that say where it is, and the store it went to where that may be asked for a receipt. */
export interface KeptResult {
  readonly pointer: Uint8Array;
  readonly store?: ResultStore;
}

/** What brings results away. */
export interface Keeping {
  /** The machine's own store, for results whose customer names none, or one that does not answer. */
  readonly store: ObjectStore;
  /** Milliseconds in which a store must move something. */
  readonly stallMilliseconds: number;
  readonly log: (line: string) => void;
}

/** Fetches a ciphertext, verified against its address. @throws CloisterError `StoreStalled`, or what the store says. */
export async function fetchObject(place: ResourcePlace, path: string, stallMilliseconds: number): Promise<void> {
  const { store, sha256 } = storeOf(place);
  await moving(store.name, stallMilliseconds, (moved, signal) =>
    pipeline(Readable.from(tapped(store.get(sha256), moved)), createWriteStream(path, { mode: 0o600 }), { signal }),
  );
}

/**
 * Puts a sealed result where it belongs: into the storage that was bought and granted for it, else into the store that its customer named
 * (the pointer then says where), or into the event itself. A store that fails or stalls is passed over: then the machine's own, then the
 * event, where it is small enough.
 *
 * @throws CloisterError `ResultNotKept` where none of them took it.
 */
export async function keepResult({ path, size, store: wanted, granted }: SealedFile, { store, stallMilliseconds, log }: Keeping): Promise<KeptResult> {
  const inline = size <= MAX_INLINE_RESULT;
  const reasons: string[] = [];
  const put = async (target: Pick<ObjectStore, "name" | "put">) => moving(target.name, stallMilliseconds, (moved, signal) => target.put(tapped(createReadStream(path), moved), { signal }));
  const published = async (target: Pick<ObjectStore, "name" | "put" | "place"> | undefined, asked?: ResultStore): Promise<KeptResult | undefined> => {
    if (target === undefined) return undefined;
    const { sha256, size: bytes } = await put(target);
    return { pointer: encodeResultPointer(target.place(sha256), sha256, bytes), store: asked };
  };
  const ways = [
    async () => {
      if (granted === undefined) return undefined;
      const { suborder, url, token } = granted;
      const { sha256, size: bytes } = await put(new HttpStore(url, token));
      return { pointer: encodeGrantedPointer(suborder, sha256, bytes), store: { type: "HTTP", url, token } as const };
    },
    async () => (wanted?.type === "EVENT" && inline ? { pointer: await readFile(path) } : published(wanted && openResultStore(wanted), wanted)),
    async () => published(store),
  ];
  for (const way of ways) {
    try {
      const kept = await way();
      if (kept !== undefined) return kept;
    } catch (error) {
      reasons.push(reasonOf(error));
      log(`a store did not take the result: ${reasons.at(-1)}`);
    }
  }
  if (inline) return { pointer: await readFile(path) };
  throw new CloisterError("ResultNotKept", `No store took the sealed result of ${size} bytes: ${reasons.join("; ")}`, "Repair the machine's store (storage in its configuration).", { size });
}

/** Does something that must move all the time. @throws CloisterError `StoreStalled`. */
async function moving<Value>(name: string, milliseconds: number, work: (moved: () => void, signal: AbortSignal) => Promise<Value>): Promise<Value> {
  const stalled = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let moved: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    const restart = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        reject(new CloisterError("StoreStalled", `The store ${name} moved nothing for ${milliseconds / 1000} s.`, "See that it answers; other stores are tried meanwhile.", { store: name }));
        stalled.abort();
      }, milliseconds);
    };
    restart();
    moved = restart;
  });
  try {
    const working = work(() => moved(), stalled.signal);
    working.catch(() => undefined); // Where it stalled, its own end comes later and says nothing new.
    return await Promise.race([working, late]);
  } finally {
    clearTimeout(timer);
  }
}

async function* tapped(bytes: AsyncIterable<Uint8Array>, moved: () => void): AsyncGenerator<Uint8Array> {
  for await (const piece of bytes) {
    moved();
    yield piece;
  }
}
