// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { unpackImage } from "../../../src/tee/image/unpack";
import { freshDirectory, refused, saveImage, tarOf, type TestEntry, type TestImage } from "./archives";

const lower: TestEntry[] = [
  { name: "usr/", type: "directory" },
  { name: "usr/lib/", type: "directory" },
  { name: "lib", type: "symlink", linkname: "usr/lib" },
  { name: "usr/lib/a.so", body: "lower a" },
  { name: "usr/lib/b.so", body: "lower b" },
  { name: "run", body: "#!/bin/true", mode: 0o4755 },
  { name: "cache/old", body: "old" },
  { name: "cache/older", body: "older" },
];
const upper: TestEntry[] = [
  { name: "./usr/lib/a.so", body: "upper a" },
  { name: "lib/c.so", body: "through the link" },
  { name: "usr/lib/.wh.b.so", body: "" },
  { name: "cache/new", body: "new" },
  { name: "cache/.wh..wh..opq", body: "" },
  { name: "run2", type: "link", linkname: "run" },
  { name: "dev/null", type: "character-device", devmajor: 1, devminor: 3 },
];

async function unpacked(image: TestImage): Promise<{ root: string; config: Awaited<ReturnType<typeof unpackImage>> }> {
  const into = join(freshDirectory(), "root");
  const config = await unpackImage({ archive: await saveImage(image), into, scratch: join(freshDirectory(), "scratch") });
  return { root: into, config };
}

describe("unpackImage", () => {
  const forms: Omit<TestImage, "layers">[] = [
    { layout: "docker20" },
    { layout: "docker20", gzip: false },
    { layout: "docker20", gzipLayers: true },
    { layout: "docker25" },
    { layout: "docker25", gzipLayers: true },
    { layout: "oci", gzipLayers: true },
  ];
  for (const form of forms) {
    const name = `${form.layout}${form.gzipLayers ? ", layers gzip'ed" : ""}${form.gzip === false ? ", plain" : ""}`;
    it(`given an archive of ${name}, unpacks layers, whiteouts and links`, async () => {
      const { root, config } = await unpacked({ ...form, layers: [await tarOf(lower), await tarOf(upper)] });
      expect(config).to.deep.equal({ entrypoint: [], cmd: ["/run"], env: { GREETING: "hello" }, workdir: "/work" });
      expect(readFileSync(join(root, "usr/lib/a.so"), "utf8")).to.equal("upper a");
      expect(readFileSync(join(root, "usr/lib/c.so"), "utf8")).to.equal("through the link");
      expect(readlinkSync(join(root, "lib"))).to.equal("usr/lib");
      expect(existsSync(join(root, "usr/lib/b.so"))).to.equal(false);
      expect(readdirSync(join(root, "cache"))).to.deep.equal(["new"]);
      expect(statSync(join(root, "run2")).ino).to.equal(statSync(join(root, "run")).ino);
      expect(statSync(join(root, "run")).mode & 0o7777).to.equal(0o755);
      expect(existsSync(join(root, "dev/null"))).to.equal(false);
    });
  }

  it("given equal layers saved as links to one another, unpacks each", async () => {
    const layer = await tarOf([{ name: "same", body: "same" }]);
    const { root } = await unpacked({ layout: "docker20", layers: [layer, await tarOf([{ name: ".wh.same", body: "" }]), layer] });
    expect(readFileSync(join(root, "same"), "utf8")).to.equal("same");
  });

  it("given a file in place of a directory and the reverse, the upper layer wins", async () => {
    const first = await tarOf([{ name: "a/b/c", body: "deep" }, { name: "x", body: "file" }]);
    const second = await tarOf([{ name: "a", body: "file" }, { name: "x/y", body: "deep" }]);
    const result = unpacked({ layout: "docker25", layers: [first, second] });
    // A file is not silently turned into a directory by an entry below it: a true layer says so with a directory entry.
    await refused(result, "ImagePathEscapes");
    const third = await tarOf([{ name: "a", body: "file" }, { name: "x/", type: "directory" }, { name: "x/y", body: "deep" }]);
    const { root } = await unpacked({ layout: "docker25", layers: [first, third] });
    expect(lstatSync(join(root, "a")).isFile()).to.equal(true);
    expect(readFileSync(join(root, "x/y"), "utf8")).to.equal("deep");
  });

  it("given a hard-linked file written again, leaves its other name as it was", async () => {
    const first = await tarOf([{ name: "a", body: "one" }, { name: "b", type: "link", linkname: "a" }]);
    const { root } = await unpacked({ layout: "docker20", layers: [first, await tarOf([{ name: "b", body: "two" }])] });
    expect(readFileSync(join(root, "a"), "utf8")).to.equal("one");
  });

  it("given a directory that is not empty, refuses and touches nothing", async () => {
    const into = freshDirectory();
    writeFileSync(join(into, "mine"), "mine");
    const archive = await saveImage({ layout: "docker20", layers: [await tarOf(lower)] });
    await refused(unpackImage({ archive, into, scratch: join(freshDirectory(), "s") }), "ImageRootNotEmpty");
    expect(readdirSync(into)).to.deep.equal(["mine"]);
  });

  it("given an image for another processor, says so", async () => {
    const manifest = [{ Config: "c.json", Layers: [] }];
    const other = await saveImage({
      layout: "docker20",
      layers: [],
      change: () => [{ name: "manifest.json", body: JSON.stringify(manifest) }, { name: "c.json", body: JSON.stringify({ os: "linux", architecture: "s390x", rootfs: { diff_ids: [] } }) }],
    });
    await refused(unpackImage({ archive: other, into: join(freshDirectory(), "r"), scratch: join(freshDirectory(), "s") }), "ImageForOtherMachine");
  });
});
