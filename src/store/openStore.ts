// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import type { ResourcePlace } from "../core/resource";
import { DirectoryStore } from "./directory";
import type { ObjectStore } from "./objectStore";

/** How a configuration names its store. */
export interface StoreSettings {
  readonly type: "DIRECTORY";
  readonly path: string;
}

/** The store that a configuration names. */
export function openStore(settings: StoreSettings): ObjectStore {
  return new DirectoryStore(settings.path);
}

/**
 * The store that holds a resource, and the object's address there.
 *
 * @throws CloisterError `StoreTypeUnknown` where this build cannot reach that kind of store.
 */
export function storeOf(place: ResourcePlace): { store: ObjectStore; sha256: string } {
  if (place.type === "STORAGE_PROVIDER" && place.storageType === "DIRECTORY") {
    return { store: new DirectoryStore(place.credentials.path), sha256: place.filepath };
  }
  const kind = place.type === "URL" ? "a plain URL" : `a store of type ${place.storageType}`;
  throw new CloisterError("StoreTypeUnknown", `The resource is at ${kind}, which cannot be used as a store here.`, "Use a resource in a DIRECTORY store.", { kind });
}
