// SPDX-License-Identifier: Apache-2.0
import type { StorageSettings } from "../core/config";
import { CloisterError } from "../core/errors";
import type { ResourcePlace } from "../core/resource";
import { DirectoryStore } from "./directory";
import { HttpStore } from "./http/httpStore";
import type { ObjectStore } from "./objectStore";
import { PresignedStore } from "./s3/presignedStore";
import { S3Store } from "./s3/s3Store";

/** The store that a configuration names. @throws CloisterError `TokenInvalid`. */
export function openStore(settings: StorageSettings): ObjectStore {
  if (settings.type === "HTTP") return new HttpStore(settings.url, settings.token);
  if (settings.type === "S3") return new S3Store(settings);
  return new DirectoryStore(settings.path);
}

/**
 * The store that holds a resource, and the object's address there, with the access that the resource carries.
 *
 * @throws CloisterError `StoreTypeUnknown` where it is no store.
 */
export function storeOf(place: ResourcePlace): { store: ObjectStore; sha256: string } {
  if (place.type === "URL") throw new CloisterError("StoreTypeUnknown", "The resource is at a plain URL, which is no store.", "Use a resource that `files upload` wrote.");
  const { filepath: sha256 } = place;
  if (place.storageType === "HTTP") return { store: new HttpStore(place.credentials.endpoint, place.credentials.token), sha256 };
  if (place.storageType === "S3") return { store: new PresignedStore(sha256, place.credentials.url), sha256 };
  return { store: new DirectoryStore(place.credentials.path), sha256 };
}

/** As {@link storeOf}, but the caller's own store where the resource is in it: that has the caller's rights, not only those to read. */
export function ownStoreOf(place: ResourcePlace, own: StorageSettings | undefined): { store: ObjectStore; sha256: string } {
  const named = storeOf(place);
  const store = own && openStore(own);
  return store?.name === named.store.name ? { store, sha256: named.sha256 } : named;
}
