// SPDX-License-Identifier: Apache-2.0
import { createReadStream, createWriteStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import { CloisterError } from "../../core/errors";
import type { ResourcePlace } from "../../core/resource";
import { encodeResultPointer, MAX_INLINE_RESULT } from "../../core/result";
import type { ObjectStore } from "../../store/objectStore";
import { storeOf } from "../../store/openStore";
import { openResultStore } from "../../store/resultStore";
import type { ResultStore } from "../loader/protocol";
import { reasonOf } from "./carry";

/** A sealed result on this machine's disk, and where its customer wants it. */
export interface SealedFile {
  readonly path: string;
  readonly size: number;
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
 * Puts a sealed result where its customer wants it: into a store (the bytes returned then say where), or into the event itself. A store
 * that fails or stalls is passed over: then the machine's own, then the event, where it is small enough.
 *
 * @throws CloisterError `ResultNotKept` where none of them took it.
 */
export async function keepResult({ path, size, store: wanted }: SealedFile, { store, stallMilliseconds, log }: Keeping): Promise<Uint8Array> {
  const inline = size <= MAX_INLINE_RESULT;
  if (wanted?.type === "EVENT" && inline) return readFile(path);
  const reasons: string[] = [];
  const stores = [() => wanted && openResultStore(wanted), () => store];
  for (const open of stores) {
    try {
      const target = open();
      if (target === undefined) continue;
      const stored = await moving(target.name, stallMilliseconds, (moved, signal) => target.put(tapped(createReadStream(path), moved), { signal }));
      return encodeResultPointer(target.place(stored.sha256), stored.sha256, stored.size);
    } catch (error) {
      reasons.push(reasonOf(error));
      log(`a store did not take the result: ${reasons.at(-1)}`);
    }
  }
  if (inline) return readFile(path);
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
