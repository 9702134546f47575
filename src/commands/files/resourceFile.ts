// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, link, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { CloisterError } from "../../core/errors";
import { formatResource, parseResource, type Resource } from "../../core/resource";

/**
 * Reads a resource file.
 *
 * @throws CloisterError `FileMissing` or `ResourceInvalid`.
 */
export async function loadResource(path: string): Promise<Resource> {
  return parseResource(await readText(path), path);
}

/**
 * Writes a resource file that only its owner can read, since it carries the content's key. It is there whole or not at all.
 * A file that is there keeps its content under another name, because the key in it may be the only one.
 *
 * @returns where the earlier file went, if there was one.
 */
export async function writeResource(path: string, resource: Resource): Promise<string | undefined> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.part`;
  try {
    await writeFile(temporary, formatResource(resource), { mode: 0o600, flag: "wx" });
    const earlier = await keepEarlier(path);
    await rename(temporary, path);
    return earlier;
  } catch (error) {
    await rm(temporary, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw denied(path, reason, error);
  }
}

/**
 * Refuses before a long step what could not be written after it.
 *
 * @throws CloisterError `TargetDenied`.
 */
export async function checkWritable(path: string): Promise<void> {
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw denied(path, (error as NodeJS.ErrnoException).code === "ENOENT" ? "its directory does not exist" : "its directory is not writable", error);
  }
  const there = await stat(path).catch(() => undefined);
  if (there?.isDirectory() === true) throw denied(path, "it is a directory", undefined);
}

function denied(path: string, reason: string, cause: unknown): CloisterError {
  return new CloisterError("TargetDenied", `${path} cannot be written: ${reason}.`, "Choose another path.", { path }, { cause });
}

async function keepEarlier(path: string): Promise<string | undefined> {
  for (let n = 1; ; n++) {
    const kept = `${path}.${n}`;
    try {
      await link(path, kept);
      return kept;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "ENOENT") return undefined;
      if (code !== "EEXIST") throw error;
    }
  }
}

/** Reads a JSON file that holds an object. */
export async function readJsonObject(path: string): Promise<Record<string, unknown>> {
  const text = await readText(path);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw notAnObject(path, error);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw notAnObject(path);
  return value as Record<string, unknown>;
}

function notAnObject(path: string, cause?: unknown): CloisterError {
  return new CloisterError("MetadataInvalid", `${path} does not hold a JSON object.`, "Give a file like {\"name\": \"value\"}.", { path }, { cause });
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw new CloisterError("FileMissing", `${path} cannot be read (${(error as NodeJS.ErrnoException).code}).`, "Check the path.", { path }, { cause: error });
  }
}
