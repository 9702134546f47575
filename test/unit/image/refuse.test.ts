// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { DEFAULT_IMAGE_LIMITS, type ImageLimits } from "../../../src/tee/image/limits";
import { unpackImage } from "../../../src/tee/image/unpack";
import { freshDirectory, refused, saveImage, sha256, tarOf, type TestEntry, type TestImage } from "./archives";

/** A house around the root with a neighbour's file, to see that nothing outside changes. */
async function attack(image: TestImage, code: string, limits?: ImageLimits): Promise<void> {
  const house = freshDirectory();
  mkdirSync(join(house, "outside"));
  writeFileSync(join(house, "outside/kept"), "kept");
  const into = join(house, "root");
  const error = await refused(unpackImage({ archive: await saveImage(image), into, scratch: join(house, "scratch"), limits }), code);
  expect(error.message).to.not.equal("");
  expect(readdirSync(house).sort()).to.deep.equal(["outside", "root"]);
  expect(readdirSync(join(house, "outside"))).to.deep.equal(["kept"]);
  expect(readFileSync(join(house, "outside/kept"), "utf8")).to.equal("kept");
}

const layers = (...contents: TestEntry[][]) => Promise.all(contents.map(tarOf));

describe("unpackImage refuses", () => {
  const outside: TestEntry = { name: "d", type: "symlink", linkname: "../outside" };
  const absolute: TestEntry = { name: "d", type: "symlink", linkname: "/tmp/outside" };
  const paths: [string, TestEntry[][], string][] = [
    ["a name that climbs", [[{ name: "../outside/evil", body: "x" }]], "ImagePathEscapes"],
    ["a name that climbs in its middle", [[{ name: "a/../../outside/evil", body: "x" }]], "ImagePathEscapes"],
    ["an absolute name", [[{ name: "/etc/evil", body: "x" }]], "ImagePathEscapes"],
    ["a write through a link that climbs", [[outside, { name: "d/evil", body: "x" }]], "ImagePathEscapes"],
    ["a write through an absolute link", [[absolute, { name: "d/evil", body: "x" }]], "ImagePathEscapes"],
    ["a write through a link of a lower layer", [[outside], [{ name: "d/evil", body: "x" }]], "ImagePathEscapes"],
    ["a link to a link outside", [[outside, { name: "e", type: "symlink", linkname: "d" }, { name: "e/evil", body: "x" }]], "ImagePathEscapes"],
    ["links that lead in a circle", [[{ name: "a", type: "symlink", linkname: "b" }, { name: "b", type: "symlink", linkname: "a" }, { name: "a/x", body: "" }]], "ImagePathEscapes"],
    ["a directory made through a link", [[outside, { name: "d/evil/", type: "directory" }]], "ImagePathEscapes"],
    ["a hard link that climbs", [[{ name: "h", type: "link", linkname: "../outside/kept" }]], "ImagePathEscapes"],
    ["a hard link through a link", [[outside, { name: "h", type: "link", linkname: "d/kept" }]], "ImagePathEscapes"],
    ["an absolute hard link", [[{ name: "h", type: "link", linkname: "/etc/passwd" }]], "ImagePathEscapes"],
    ["a hard link to nothing", [[{ name: "h", type: "link", linkname: "nothing" }]], "ImageMalformed"],
    ["a hard link to a directory", [[{ name: "a/", type: "directory" }, { name: "h", type: "link", linkname: "a" }]], "ImageMalformed"],
    ["a whiteout through a link", [[outside], [{ name: "d/.wh.kept", body: "" }]], "ImagePathEscapes"],
    ["an opaque mark through a link", [[outside], [{ name: "d/.wh..wh..opq", body: "" }]], "ImagePathEscapes"],
    ["a whiteout of ..", [[{ name: ".wh...", body: "" }]], "ImageWhiteoutRefused"],
    ["a whiteout of .. further down", [[{ name: "a/x", body: "" }, { name: "a/.wh...", body: "" }]], "ImageWhiteoutRefused"],
    ["a whiteout of .", [[{ name: ".wh..", body: "" }]], "ImageWhiteoutRefused"],
    ["a whiteout of nothing", [[{ name: ".wh.", body: "" }]], "ImageWhiteoutRefused"],
    ["a whiteout of a whiteout", [[{ name: ".wh..wh.x", body: "" }]], "ImageWhiteoutRefused"],
    ["a root replaced by a link", [[{ name: "./", type: "symlink", linkname: "/" }]], "ImagePathEscapes"],
    ["a block device", [[{ name: "sda", type: "block-device", devmajor: 8, devminor: 0 }]], "ImageDeviceRefused"],
    ["a pipe", [[{ name: "pipe", type: "fifo" }]], "ImageDeviceRefused"],
    ["a file below a file", [[{ name: "a", body: "" }, { name: "a/b", body: "" }]], "ImagePathEscapes"],
  ];
  for (const [what, contents, code] of paths) {
    it(`${what} (${code})`, async () => attack({ layout: "docker20", layers: await layers(...contents) }, code));
  }

  it("a layer whose diff id differs, before the first is applied", async () => {
    const contents = await layers([{ name: "first", body: "1" }], [{ name: "second", body: "2" }]);
    const diffIds = [`sha256:${sha256(contents[0] as Buffer)}`, `sha256:${"0".repeat(64)}`];
    for (const gzipLayers of [false, true]) {
      const into = join(freshDirectory(), "root");
      const archive = await saveImage({ layout: "docker20", layers: contents, diffIds, gzipLayers });
      await refused(unpackImage({ archive, into, scratch: join(freshDirectory(), "s") }), "ImageLayerAltered");
      expect(readdirSync(into)).to.deep.equal([]);
    }
  });

  it("a blob, a configuration and a replaced layer that are not what their names say", async () => {
    const contents = await layers([{ name: "first", body: "1" }]);
    const replace = (test: (name: string) => boolean) => (entries: TestEntry[]) => entries.map((entry) => (test(entry.name) ? { ...entry, body: `${String(entry.body)} ` } : entry));
    await attack({ layout: "oci", layers: contents, change: replace((name) => name === `blobs/sha256/${sha256(contents[0] as Buffer)}`) }, "ImageLayerAltered");
    await attack({ layout: "docker20", layers: contents, change: replace((name) => /^[0-9a-f]{64}\.json$/.test(name)) }, "ImageLayerAltered");
    await attack({ layout: "docker20", layers: contents, change: replace((name) => name.endsWith("layer.tar")) }, "ImageLayerAltered");
  });

  it("archives that are not one whole image", async () => {
    const contents = await layers([{ name: "first", body: "1" }]);
    const drop = (name: string) => (entries: TestEntry[]) => entries.filter((entry) => !entry.name.endsWith(name));
    await attack({ layout: "docker20", layers: contents, change: drop("layer.tar") }, "ImageMalformed");
    await attack({ layout: "docker20", layers: contents, change: drop("manifest.json") }, "ImageMalformed");
    await attack({ layout: "docker20", layers: contents, diffIds: [] }, "ImageMalformed");
    await attack({ layout: "docker20", layers: contents, change: (entries) => [...entries, { name: "manifest.json", body: "[]" }] }, "ImageMalformed");
    await attack({ layout: "docker20", layers: contents, change: (entries) => [...drop("manifest.json")(entries), { name: "manifest.json", body: "{" }] }, "ImageMalformed");
    await attack({ layout: "docker20", layers: contents, change: (entries) => [...drop("manifest.json")(entries), { name: "manifest.json", body: "[]" }] }, "ImageMalformed");
    await attack({ layout: "docker20", layers: contents, change: (entries) => [...drop("manifest.json")(entries), { name: "manifest.json", type: "symlink", linkname: "manifest.json" }] }, "ImageMalformed");
    await attack({ layout: "docker20", layers: contents, change: (entries) => [...entries, { name: "x", type: "symlink", linkname: "../../etc/passwd" }, { name: "p", type: "fifo" }] }, "ImageMalformed");
  });

  it("garbage, a cut archive and zstd", async () => {
    const whole = readFileSync(await saveImage({ layout: "docker20", layers: await layers([{ name: "a", body: "x".repeat(100_000) }]) }));
    const zstd = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0]);
    for (const bytes of [Buffer.from("not a tar".repeat(200)), Buffer.alloc(0), whole.subarray(0, whole.length - 20), gzipSync("x".repeat(700)), zstd]) {
      const house = freshDirectory();
      writeFileSync(join(house, "image"), bytes);
      await refused(unpackImage({ archive: join(house, "image"), into: join(house, "root"), scratch: join(house, "scratch") }), "ImageMalformed");
      expect(existsSync(join(house, "scratch"))).to.equal(false);
    }
  });

  it("bombs: too many bytes, too many entries, too high a ratio, in the archive and inside a layer", async () => {
    const zeros = await tarOf([{ name: "zeros", body: Buffer.alloc(3_000_000) }]);
    const limits = (changes: Partial<ImageLimits>) => ({ ...DEFAULT_IMAGE_LIMITS, ...changes });
    for (const gzipLayers of [false, true]) {
      await attack({ layout: "docker20", layers: [zeros], gzipLayers }, "ImageTooLarge", limits({ bytes: 1_000_000 }));
      await attack({ layout: "docker20", layers: [zeros], gzipLayers }, "ImageTooLarge", limits({ ratioFloor: 1_000_000 }));
    }
    const many = await tarOf(Array.from({ length: 50 }, (_, i) => ({ name: `f${i}`, body: "" })));
    await attack({ layout: "docker20", layers: [many] }, "ImageTooLarge", limits({ entries: 49 }));
  });
});
