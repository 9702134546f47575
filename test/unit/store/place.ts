// SPDX-License-Identifier: Apache-2.0
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DirectoryStore } from "../../../src/store/directory";

/** A fresh directory for one test: a store, an uploader's state directory and room for files. */
export interface Place {
  readonly root: string;
  readonly store: DirectoryStore;
  readonly stateDirectory: string;
  path(name: string): string;
  /** Every file below a directory of the place, relative to it. */
  files(below: string): string[];
  remove(): void;
}

export function newPlace(): Place {
  const root = mkdtempSync(join(tmpdir(), "cloister-store-"));
  mkdirSync(join(root, "store"));
  return {
    root,
    store: new DirectoryStore(join(root, "store")),
    stateDirectory: join(root, "state"),
    path: (name) => join(root, name),
    files(below) {
      const names = readdirSync(join(root, below), { recursive: true }) as string[];
      return names.filter((name) => statSync(join(root, below, name)).isFile()).sort();
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Reproducible bytes that no compression or repetition hides. */
export function noise(size: number, seed = 1): Buffer {
  const bytes = Buffer.allocUnsafe(size);
  let state = seed >>> 0;
  for (let index = 0; index < size; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[index] = state >>> 24;
  }
  return bytes;
}
