// SPDX-License-Identifier: Apache-2.0
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addProgram, baseTree } from "../../../src/tee/image/base";
import { applyLayer } from "../../../src/tee/image/layer";
import { DEFAULT_IMAGE_LIMITS, ImageBudget } from "../../../src/tee/image/limits";
import { RootPath } from "../../../src/tee/image/rootPath";
import { writeTree } from "../../../src/tee/image/tree";
import { SMALL_LIMITS } from "../../../src/tee/runner/probing";
import type { Limits, RunSpec } from "../../../src/tee/runner/runner";

/** An unpacked image with node, sh, ls, env and the probe. */
export async function probeRoot(): Promise<string> {
  const house = mkdtempSync(join(tmpdir(), "cloister-root-"));
  const tree = await baseTree("node");
  for (const program of ["/bin/sh", "/bin/ls", "/usr/bin/env", "/bin/cat"]) await addProgram(tree, program, program);
  tree.set("app/probe.js", { kind: "text", text: readFileSync(join(__dirname, "probe.js"), "utf8") });
  const layer = join(house, "layer.tar");
  await writeTree(tree, createWriteStream(layer));
  const root = join(house, "root");
  mkdirSync(root);
  await applyLayer(layer, new RootPath(root), new ImageBudget(DEFAULT_IMAGE_LIMITS, 1e9));
  rmSync(layer);
  return root;
}

/** A run of one command in that image, with two inputs, certificates and a configuration. */
export function specFor(rootfs: string, command: readonly string[], limits: Partial<Limits> = {}, more: Partial<RunSpec> = {}): RunSpec {
  const house = mkdtempSync(join(tmpdir(), "cloister-run-"));
  const directory = (name: string, files: Record<string, string> = {}) => {
    mkdirSync(join(house, name));
    for (const [file, text] of Object.entries(files)) writeFileSync(join(house, name, file), text);
    return join(house, name);
  };
  return {
    rootfs,
    command,
    env: {},
    workdir: "/app",
    inputs: [directory("one", { "table.csv": "a\n1\n" }), directory("two", { "other.csv": "b\n2\n" })],
    certs: directory("certs", { "order_cert.crt": "certificate" }),
    configurations: directory("configurations", { "configuration.json": "{}" }),
    output: directory("output"),
    scratch: directory("scratch"),
    limits: { ...SMALL_LIMITS, wallSeconds: 20, memoryBytes: 512 * 2 ** 20, outputBytes: 16 * 2 ** 20, scratchBytes: 16 * 2 ** 20, processes: 64, ...limits },
    ...more,
  };
}

/** A command that runs JavaScript inside. */
export function script(text: string): string[] {
  return ["/usr/local/bin/node", "-e", text];
}
