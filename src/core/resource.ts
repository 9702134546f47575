// SPDX-License-Identifier: Apache-2.0
import * as v from "valibot";
import { ageIdentity, count, readJson, readShape, sha256Hex, type Reading } from "./schema";

/** A place in a local directory store: `filepath` is the sha256 of the stored (encrypted) bytes. */
const directoryPlace = v.strictObject({
  type: v.literal("STORAGE_PROVIDER"),
  storageType: v.literal("DIRECTORY"),
  filepath: sha256Hex,
  credentials: v.strictObject({ path: v.pipe(v.string(), v.nonEmpty("the path of the store's directory")) }),
});

/** A place on a store server; the token reads this object alone and ends by itself. */
const httpPlace = v.strictObject({
  type: v.literal("STORAGE_PROVIDER"),
  storageType: v.literal("HTTP"),
  filepath: sha256Hex,
  credentials: v.strictObject({
    endpoint: v.pipe(v.string(), v.url("the URL of the store server"), v.regex(/^https?:/, "an http or https URL")),
    prefix: v.pipe(v.string(), v.nonEmpty("the prefix of its objects")),
    token: v.pipe(v.string(), v.nonEmpty("an access token")),
  }),
});

/** A place in an S3 bucket: a presigned URL, which reads this object alone and ends by itself. Keys of the bucket never stand here. */
const s3Place = v.strictObject({
  type: v.literal("STORAGE_PROVIDER"),
  storageType: v.literal("S3"),
  filepath: sha256Hex,
  credentials: v.strictObject({ url: v.pipe(v.string(), v.url("a presigned URL"), v.regex(/^https?:/, "an http or https URL")) }),
});

const urlPlace = v.strictObject({
  type: v.literal("URL"),
  url: v.pipe(v.string(), v.url("a URL"), v.regex(/^https?:/, "an http or https URL")),
});

/** A name that stays inside the directory it is written to. */
const fileName = v.pipe(
  v.string(),
  v.check((name) => /^[^/\\\0]{1,255}$/.test(name) && name !== "." && name !== "..", "a plain file name without a path"),
);

/**
 * Schema of resource.json: where a content is, how to decrypt it and how to know it is the right one.
 * `hash` and `size` are of the plain content (a directory's is that of its reproducible tar). Whoever holds the file can read the content.
 */
export const resourceSchema = v.strictObject({
  resource: v.variant("type", [v.variant("storageType", [directoryPlace, httpPlace, s3Place]), urlPlace]),
  encryption: v.optional(v.strictObject({ algo: v.literal("age"), encoding: v.literal("bech32"), key: ageIdentity })),
  hash: v.strictObject({ algo: v.literal("sha256"), hash: sha256Hex, encoding: v.literal("hex") }),
  size: count,
  filename: v.optional(fileName),
  kind: v.picklist(["file", "directory"]),
  /** Unix seconds after which its store does not keep it. */
  keptUntil: v.optional(count),
  metadata: v.optional(v.record(v.string(), v.unknown())),
});

/** A parsed resource.json. It carries the key of its content: never log it. */
export type Resource = v.InferOutput<typeof resourceSchema>;

/** Where the (encrypted) bytes of a resource are. */
export type ResourcePlace = Resource["resource"];

function reading(name: string): Reading {
  return { what: name, code: "ResourceInvalid", fix: "Use the file that `files upload` wrote, unchanged." };
}

/**
 * Reads the text of a resource.json; `name` is what errors call it.
 *
 * @throws CloisterError `ResourceInvalid` naming the first wrong field.
 */
export function parseResource(text: string, name = "The resource file"): Resource {
  return readResource(readJson(text, reading(name)), name);
}

/** Checks an already parsed resource, e.g. one inside a key release; errors as {@link parseResource}. */
export function readResource(value: unknown, name = "The resource"): Resource {
  return readShape(resourceSchema, value, reading(name));
}

/**
 * Checks a name before something is uploaded under it.
 *
 * @throws CloisterError `FileNameInvalid`.
 */
export function checkFileName(name: string): string {
  const fix = "Give a name without a path; the directory is chosen when downloading.";
  return readShape(fileName, name, { what: "The file name", code: "FileNameInvalid", fix });
}

/** The text of resource.json as `files upload` writes it: two spaces, a newline at the end. */
export function formatResource(resource: Resource): string {
  return `${JSON.stringify(resource, null, 2)}\n`;
}
