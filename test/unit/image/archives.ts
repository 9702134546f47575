// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createHash } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { pack, type Header } from "tar-stream";

/** An entry of a tar as a test writes it: a header and, for files, the content. */
export type TestEntry = Partial<Header> & { readonly name: string; readonly body?: string | Buffer };

export const sha256 = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");

/** A directory of its own for one test. */
export function freshDirectory(): string {
  return mkdtempSync(join(tmpdir(), "cloister-image-"));
}

/** The bytes of a tar with exactly these entries, hostile ones included. */
export async function tarOf(entries: readonly TestEntry[]): Promise<Buffer> {
  const tar = pack();
  for (const { body, ...header } of entries) {
    const full = { mtime: new Date(0), mode: header.type === "directory" ? 0o755 : 0o644, ...header };
    if (body === undefined) tar.entry(full);
    else tar.entry(full, body as string);
  }
  tar.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of tar) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

export interface TestImage {
  readonly layers: readonly Buffer[];
  readonly config?: object;
  readonly layout: "docker20" | "docker25" | "oci";
  /** Layers gzip'ed inside the archive. */
  readonly gzipLayers?: boolean;
  /** The archive itself gzip'ed; default true. */
  readonly gzip?: boolean;
  /** Diff ids to claim instead of the true ones. */
  readonly diffIds?: readonly string[];
  /** Changes the entries of the outer tar at last. */
  readonly change?: (entries: TestEntry[]) => TestEntry[];
}

/** Writes an image archive as `docker save` of the given age would, and says where. */
export async function saveImage(image: TestImage): Promise<string> {
  const stored = image.layers.map((layer) => (image.gzipLayers ? gzipSync(layer) : layer));
  const diff_ids = image.diffIds ?? image.layers.map((layer) => `sha256:${sha256(layer)}`);
  const config = JSON.stringify({ os: "linux", config: { Cmd: ["/run"], Env: ["GREETING=hello"], WorkingDir: "/work", ...image.config }, rootfs: { type: "layers", diff_ids } });
  const entries = image.layout === "docker20" ? docker20(config, stored) : docker25(config, stored, image.layout === "docker25");
  const tar = await tarOf(image.change ? image.change(entries) : entries);
  const path = join(freshDirectory(), "image.tar.gz");
  writeFileSync(path, image.gzip === false ? tar : gzipSync(tar));
  return path;
}

/** `<id>/layer.tar`, equal layers as symbolic links to the first, the way Docker 20 writes them. */
function docker20(config: string, layers: readonly Buffer[]): TestEntry[] {
  const entries: TestEntry[] = [];
  const names = layers.map((layer, i) => {
    const id = sha256(`layer ${i}`);
    const first = layers.findIndex((other) => other.equals(layer));
    entries.push({ name: `${id}/`, type: "directory" }, { name: `${id}/VERSION`, body: "1.0" }, { name: `${id}/json`, body: "{}" });
    if (first < i) entries.push({ name: `${id}/layer.tar`, type: "symlink", linkname: `../${sha256(`layer ${first}`)}/layer.tar` });
    else entries.push({ name: `${id}/layer.tar`, body: layer });
    return `${id}/layer.tar`;
  });
  // Docker sorts by id, so layers do not come in the order of the manifest.
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  const configName = `${sha256(config)}.json`;
  entries.push({ name: configName, body: config }, { name: "manifest.json", body: JSON.stringify([{ Config: configName, RepoTags: ["x:latest"], Layers: names }]) });
  return entries;
}

/** Blobs by digest with an OCI index, and manifest.json beside it where Docker 25+ wrote it. */
function docker25(config: string, layers: readonly Buffer[], withDockerManifest: boolean): TestEntry[] {
  const blobs = new Map<string, TestEntry>();
  const blob = (body: Buffer | string) => {
    const name = `blobs/sha256/${sha256(body)}`;
    blobs.set(name, { name, body });
    return { name, descriptor: { digest: `sha256:${sha256(body)}`, size: body.length } };
  };
  const configBlob = blob(config);
  const layerBlobs = layers.map((layer) => blob(layer));
  const manifest = blob(JSON.stringify({ schemaVersion: 2, config: configBlob.descriptor, layers: layerBlobs.map((layer) => layer.descriptor) }));
  const entries: TestEntry[] = [{ name: "blobs/", type: "directory" }, { name: "blobs/sha256/", type: "directory" }, ...blobs.values()];
  entries.push({ name: "index.json", body: JSON.stringify({ schemaVersion: 2, manifests: [manifest.descriptor] }) }, { name: "oci-layout", body: '{"imageLayoutVersion":"1.0.0"}' });
  if (withDockerManifest) {
    entries.push({ name: "manifest.json", body: JSON.stringify([{ Config: configBlob.name, Layers: layerBlobs.map((layer) => layer.name) }]) });
  }
  return entries;
}

/** Waits for a promise to be refused with this error code and returns the error. */
export async function refused(promise: Promise<unknown>, code: string): Promise<Error> {
  let error: unknown;
  try {
    await promise;
  } catch (thrown) {
    error = thrown;
  }
  expect(error, `expected ${code}`).to.have.property("code", code);
  return error as Error;
}
