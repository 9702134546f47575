// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { ACTORS } from "../../scripts/localnet/actors";
import { Stage } from "./stage";

/** A secret by name, and the bytes that must be found nowhere but at its owner's. */
interface Canary {
  readonly name: string;
  readonly bytes: Buffer;
  /** The keys of development chains are published: any file of this machine may hold them, but none of this network. */
  readonly published?: boolean;
}

/** A workload that reads everything, writes a secret of its own into the result, and stays long enough to be looked at. */
const SOURCE = (secret: string, seconds: number) => `
const fs = require("node:fs");
const data = fs.readFileSync("/sp/inputs/input-0001/secret.txt", "utf8");
const configuration = fs.existsSync("/sp/configurations/configuration.json") ? fs.readFileSync("/sp/configurations/configuration.json", "utf8") : "";
fs.writeFileSync("/sp/output/result.txt", [${JSON.stringify(secret)}, data.length, configuration.length].join(" "));
setTimeout(() => {}, ${seconds * 1000});
`;

describe("secrets", function () {
  this.timeout(120_000);
  let stage: Stage;
  let solution: string;
  let data: Awaited<ReturnType<Stage["offerData"]>>;
  const started = Date.now() - 1000;
  const mark = (name: string) => `canary-${name}-${randomBytes(12).toString("hex")}`;
  const secrets = { data: mark("data"), arguments: mark("arguments"), result: mark("result") };
  let canaries: Canary[];

  before(async () => {
    stage = await Stage.open();
    solution = await stage.solution("secretive", SOURCE(secrets.result, 4));
    data = await stage.offerData("secrets", { "secret.txt": `${secrets.data}\n`.repeat(200) });
    const archive = await readFile(join(stage.alice.home, "secretive.tar.gz"));
    const [mine, his] = [await stage.resource(stage.alice, solution), await stage.resource(stage.bob, data.resource)];
    const config = JSON.parse(await readFile(join(stage.alice.home, "config.json"), "utf8")) as { workflow: { resultEncryption: { phrase: string } } };
    const textual: [string, string][] = [
      ["data", secrets.data],
      ["arguments", secrets.arguments],
      ["result", secrets.result],
      ["Alice's file key", mine.encryption!.key],
      ["Bob's file key", his.encryption!.key],
      ["Alice's passphrase", config.workflow.resultEncryption.phrase],
      ["Bob's private key", ACTORS.bob.privateKey.slice(2)],
      ["Alice's private key", ACTORS.alice.privateKey.slice(2)],
    ];
    canaries = [
      ...textual.map(([name, text]) => ({ name, bytes: Buffer.from(text), published: name.endsWith("private key") })),
      // The archive is compressed: slices of it stand for the solution.
      ...[0.2, 0.5, 0.8].map((at) => ({ name: `solution at ${at}`, bytes: archive.subarray(Math.floor(archive.length * at)).subarray(0, 48) })),
    ];
  });
  after(() => stage?.close());

  it("would be found: the search sees what is planted in a file", async () => {
    const planted = join(stage.directory, "logs", "planted.log");
    await writeFile(planted, `x${secrets.data}x`);
    expect(await leaks()).to.deep.equal([`data in ${planted}`]);
    await rm(planted);
  });

  it("are found nowhere outside their owners' homes and the loader while an order runs, and after it", async () => {
    await writeFile(join(stage.alice.home, "configuration.json"), JSON.stringify({ secret: secrets.arguments }));
    const order = await stage.place(solution, [data], ["--solution-configuration", "configuration.json"]);
    const hash = (await stage.resource(stage.alice, solution)).hash.hash;
    const refused = await stage.approve(order + 1n, data.resource, hash);
    expect(refused.stdout).to.contain("(ArgumentsNotAccepted)");
    await stage.bob.types("spctl", ["orders", "complete", String(order + 1n), "--result", data.resource, "--status", "done", "--solution-hash", hash, "--accept-arguments"]);
    await stage.machine.ready(new RegExp(`order ${order}: 6\\. Execute the workload`));
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect(await leaks()).to.deep.equal([]);

    expect(await stage.ended(order)).to.equal("Done");
    const { file } = await stage.resultOf(order);
    expect(await file("result.txt")).to.equal(`${secrets.result} ${(secrets.data.length + 1) * 200} ${JSON.stringify({ secret: secrets.arguments }).length}`);
    expect(await leaks()).to.deep.equal([]);
  });

  it("are found nowhere after the loader was killed in the middle of an order", async () => {
    const order = await stage.place(solution, [data]);
    await stage.approve(order + 1n, data.resource, (await stage.resource(stage.alice, solution)).hash.hash);
    await stage.machine.ready(new RegExp(`order ${order}: 6\\. Execute the workload`));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const loaders = processes().filter(({ command }) => command.includes("tee-loader.js") && command.includes(stage.directory));
    expect(loaders).not.to.be.empty;
    for (const { pid } of loaders) process.kill(pid, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(processes().filter(({ command }) => command.includes("tee-loader.js") && command.includes(stage.directory))).to.be.empty;
    expect(await leaks()).to.deep.equal([]);
  });

  /** Where a canary was found: files, arguments and environments of processes, chain. */
  async function leaks(): Promise<string[]> {
    const homes = [stage.alice.home, stage.bob.home];
    const roots = [stage.directory, tmpdir(), "/dev/shm"].filter((root) => existsSync(root));
    const found: string[] = [];
    let searched = 0;
    for (const root of roots) {
      const inside = root === stage.directory;
      // The stage lies below the system's temporary directory, and is searched once.
      for (const path of filesBelow(root, inside ? homes : [...homes, stage.directory], inside ? 0 : started)) {
        searched += 1;
        found.push(...search(contentOf(path), path, inside));
      }
    }
    expect(searched).to.be.greaterThan(10);
    const loaderTree = new Set(processes().filter(({ ancestors }) => ancestors.some((command) => command.includes("tee-loader.js"))).map(({ pid }) => pid));
    for (const { pid, command, environment } of processes()) {
      if (loaderTree.has(pid) || pid === process.pid) continue;
      found.push(...search(Buffer.from(command), `arguments of process ${pid}`), ...search(environment, `environment of process ${pid}`));
    }
    found.push(...search(await chainData(), "the chain"));
    return found;
  }

  function search(bytes: Buffer, place: string, ours = true): string[] {
    return canaries.filter(({ published, bytes: secret }) => (ours || published !== true) && bytes.includes(secret)).map(({ name }) => `${name} in ${place}`);
  }

  async function chainData(): Promise<Buffer> {
    const { provider } = stage.network.market;
    const parts: Buffer[] = [];
    const latest = await provider.getBlockNumber();
    for (let number = 0; number <= latest; number++) {
      for (const hash of (await provider.getBlock(number))?.transactions ?? []) {
        parts.push(Buffer.from(((await provider.getTransaction(hash))?.data ?? "0x").slice(2), "hex"));
        for (const log of (await provider.getTransactionReceipt(hash))?.logs ?? []) parts.push(Buffer.from(log.data.slice(2), "hex"));
      }
    }
    return Buffer.concat(parts);
  }
});

function* filesBelow(root: string, without: readonly string[], since: number): Generator<string> {
  let entries;
  try {
    entries = readdirSync(root, { withFileTypes: true });
  } catch (error) {
    // Other users' directories, and what ended meanwhile.
    if (["EACCES", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return;
    throw error;
  }
  for (const entry of entries) {
    const path = join(root, entry.name);
    if (without.includes(path)) continue;
    if (entry.isDirectory()) yield* filesBelow(path, without, since);
    else if (entry.isFile()) {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found && found.mtimeMs >= since && found.size > 0 && found.size < 256 * 2 ** 20) yield path;
    }
  }
}

/** A file's bytes; none where it ended meanwhile, as temporary files do, or is another user's. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (["EACCES", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) return Buffer.alloc(0);
    throw error;
  }
}

interface Running {
  readonly pid: number;
  readonly command: string;
  readonly environment: Buffer;
  /** Commands of the process and of all above it. */
  readonly ancestors: readonly string[];
}

/** The processes of this machine, as far as this user may see them. */
function processes(): Running[] {
  const table = new Map<number, { command: string; parent: number; environment: Buffer }>();
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
      const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
      readlinkSync(`/proc/${name}/exe`);
      table.set(Number(name), { command, parent, environment: readFileSync(`/proc/${name}/environ`) });
    } catch (error) {
      // It ended meanwhile, is a kernel thread, or another user's.
      if (!["ENOENT", "ESRCH", "EACCES", "EPERM"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    }
  }
  return [...table].map(([pid, { command, environment }]) => {
    const ancestors: string[] = [];
    for (let at = table.get(pid), depth = 0; at !== undefined && depth < 64; at = table.get(at.parent), depth++) ancestors.push(at.command);
    return { pid, command, environment, ancestors };
  });
}
