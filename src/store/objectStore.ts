// SPDX-License-Identifier: Apache-2.0
import type { ResourcePlace } from "../core/resource";

/** A stored object: its address is the sha256 of its bytes (64 hex digits). */
export interface StoredObject {
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

/** A part of an object: `length` bytes from `start`. */
export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/** What may be said of an object when it is stored. */
export interface PutOptions {
  /** Unix seconds after which the content is gone; kept without end when absent. The later of two dates counts. */
  readonly keepUntil?: number;
  readonly signal?: AbortSignal;
}

/** A store of bytes under their own hash. The store is not trusted: what it holds is encrypted, what it returns is verified. */
export interface ObjectStore {
  /** What names this store among others, e.g. `DIRECTORY:/srv/store`. */
  readonly name: string;
  /**
   * Where resource.json says an object of this store is, once it was put or committed here. What it carries for access opens this
   * object alone, for reading, and not for ever.
   */
  place(sha256: string): ResourcePlace;
  /** A place for an object that is there, to be read until `notAfter` (Unix seconds) or as long as the store permits. Missing where places do not end. */
  share?(sha256: string, notAfter: number): Promise<ResourcePlace>;
  put(bytes: AsyncIterable<Uint8Array>, options?: PutOptions): Promise<StoredObject>;
  /**
   * The bytes of an object. A whole object is verified: the stream ends with `ObjectDamaged` where its hash is another.
   * A range cannot be verified by itself. An object whose end date has passed is `ContentExpired`, where that is known.
   */
  get(sha256: string, range?: ByteRange): AsyncIterable<Uint8Array>;
  /** The object if it is there. */
  has(sha256: string): Promise<StoredObject | undefined>;
  /** Removes the object; whether it was there. */
  delete(sha256: string): Promise<boolean>;
  /** A place to write an object piece by piece; a known `name` continues where an earlier attempt ended. */
  stage(name: string): Promise<Staging>;
}

/** An object on its way into the store: nobody sees it before {@link Staging.commit}. */
export interface Staging {
  /** Bytes that an earlier attempt left. */
  readonly size: number;
  /**
   * true where staged bytes cannot be read back: then everything is written again from the beginning, and {@link write} itself
   * compares it with what is staged, sends nothing that is there, and throws `StagedBytesDiffer` where it is another's.
   */
  readonly compares?: boolean;
  /** Bytes of the staged object from `offset` on; returns how many there were. */
  read(into: Uint8Array, offset: number): Promise<number>;
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Makes the object durable and visible under its hash, which the caller computed while writing. */
  commit(sha256: string, keepUntil?: number): Promise<StoredObject>;
  /** Ends this attempt and keeps what was written, to be continued under the same name. */
  close(): Promise<void>;
  /** Ends this attempt and removes what was written. */
  discard(): Promise<void>;
}
