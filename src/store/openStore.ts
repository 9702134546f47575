// SPDX-License-Identifier: Apache-2.0
import type { StorageSettings } from "../core/config";
import { CloisterError } from "../core/errors";
import type { ResourcePlace } from "../core/resource";
import { DirectoryStore } from "./directory";
import { HttpStore } from "./http/httpStore";
import type { ObjectStore } from "./objectStore";

/** The store that a configuration names. @throws CloisterError `TokenInvalid`. */
export function openStore(settings: StorageSettings): ObjectStore {
  if (settings.type === "HTTP") return new HttpStore(settings.url, settings.token);
  if (settings.type === "S3") throw new CloisterError("StoreTypeUnknown", "The configuration names an S3 bucket, which cannot be used here.", "Use a directory or a store server.");
  return new DirectoryStore(settings.path);
}

/**
 * The store that holds a resource, and the object's address there, with the access that the resource carries.
 *
 * @throws CloisterError `StoreTypeUnknown` where it is no store.
 */
export function storeOf(place: ResourcePlace): { store: ObjectStore; sha256: string } {
  if (place.type === "STORAGE_PROVIDER") {
    if (place.storageType === "DIRECTORY") return { store: new DirectoryStore(place.credentials.path), sha256: place.filepath };
    if (place.storageType === "HTTP") return { store: new HttpStore(place.credentials.endpoint, place.credentials.token), sha256: place.filepath };
  }
  const kind = place.type === "URL" ? "a plain URL" : `a store of type ${place.storageType}`;
  throw new CloisterError("StoreTypeUnknown", `The resource is at ${kind}, which cannot be used as a store here.`, "Use a resource in a store.", { kind });
}

/** As {@link storeOf}, but the caller's own store where the resource is in it: that has the caller's rights, not only those to read. */
export function ownStoreOf(place: ResourcePlace, own: StorageSettings | undefined): { store: ObjectStore; sha256: string } {
  const named = storeOf(place);
  const store = own && openStore(own);
  return store?.name === named.store.name ? { store, sha256: named.sha256 } : named;
}
