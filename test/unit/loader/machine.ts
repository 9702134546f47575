// SPDX-License-Identifier: Apache-2.0
import { build } from "esbuild";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Trust } from "../../../src/evidence/trust";
import { chainToPem } from "../../../src/crypto/certificateContents";
import { onePem } from "../../../src/crypto/pem";
import { readCertificate } from "../../../src/crypto/x509";
import { type CertificationAuthority, issueDeviceCertificate, makeCertificationAuthority } from "../../../src/tee/certificationAuthority";
import type { ControllerMessage, LoaderMessage, RunOrder } from "../../../src/tee/loader/protocol";
import { readLines, writeLine } from "../../../src/tee/loader/lines";

const root = join(__dirname, "../../..");
let bundles: Promise<string> | undefined;

/** Platform and loader as they are released: one file each. */
function bundled(): Promise<string> {
  bundles ??= (async () => {
    const directory = mkdtempSync(join(tmpdir(), "cloister-dist-"));
    const entryPoints = { loader: join(root, "src/tee/loader/main.ts"), platform: join(root, "src/tee/platform/main.ts") };
    await build({ entryPoints, bundle: true, platform: "node", target: "node20", format: "cjs", outdir: directory, logLevel: "error" });
    return directory;
  })();
  return bundles;
}

type Message<T extends LoaderMessage["type"]> = Extract<LoaderMessage, { type: T }>;

/** A machine whose loader runs in its platform, with the test as its controller. */
export class TestMachine {
  readonly seen: LoaderMessage[] = [];
  private waiting: (() => void)[] = [];
  /** What the process wrote to stderr. */
  errors = "";

  private constructor(
    readonly process: ChildProcess,
    readonly state: string,
  ) {
    process.stderr?.on("data", (chunk) => (this.errors += String(chunk)));
    void (async () => {
      for await (const line of readLines(process.stdout as never)) {
        this.seen.push(JSON.parse(line) as LoaderMessage);
        this.wake();
      }
    })();
    process.once("exit", () => this.wake());
  }

  static async start(state = mkdtempSync(join(tmpdir(), "cloister-platform-")), options: readonly string[] = []): Promise<TestMachine> {
    const directory = await bundled();
    const args = [join(directory, "platform.js"), "--loader", join(directory, "loader.js"), "--state", state, ...options];
    return new TestMachine(spawn(process.execPath, args, { stdio: ["pipe", "pipe", "pipe"], cwd: "/" }), state);
  }

  static async measurement(state: string, loader?: string): Promise<string> {
    const directory = await bundled();
    return execFileSync(process.execPath, [join(directory, "platform.js"), "--loader", loader ?? join(directory, "loader.js"), "--state", state, "--measure"], { encoding: "utf8" }).trim();
  }

  static bundle(): Promise<string> {
    return bundled().then((directory) => join(directory, "loader.js"));
  }

  send(message: ControllerMessage): void {
    writeLine(this.process.stdin as never, message);
  }

  /** The first message of a kind (of a run), seen or still to come. */
  async next<T extends LoaderMessage["type"]>(type: T, id?: string): Promise<Message<T>> {
    for (;;) {
      const found = this.seen.find((message) => message.type === type && (id === undefined || (message as { id?: string }).id === id));
      if (found !== undefined) return found as Message<T>;
      if (this.process.exitCode !== null || this.process.signalCode !== null) throw new Error(`the loader ended before ${type}: ${this.errors}${JSON.stringify(this.seen.at(-1))}`);
      await new Promise<void>((wake) => this.waiting.push(wake));
    }
  }

  /** Gets the device certified by an authority that lists exactly this loader. */
  async certify(lifetime = 3600): Promise<{ authority: CertificationAuthority; trust: Trust }> {
    const at = new Date();
    const years = { from: new Date(at.getTime() - 86_400_000), until: new Date(at.getTime() + 1e11) };
    const authority = await makeCertificationAuthority("Simulated", "Test", years, years);
    this.send({ type: "quote" });
    const request = await this.next("deviceRequest");
    const simulated = readCertificate(onePem("CERTIFICATE", readFileSync(join(this.state, "anchor.pem"), "utf8")));
    const trust: Trust = {
      allowSimulated: true,
      certificationRoots: [{ kind: "Simulated", certificate: authority.root }],
      anchors: { simulated },
      measurements: new Map([[await TestMachine.measurement(this.state), "the loader under test"]]),
      acceptedTcbStatuses: ["UpToDate"],
      collateral: request.collateral === undefined ? [] : [request.collateral],
    };
    const bytes = (text: string) => Uint8Array.from(Buffer.from(text, "base64"));
    const { publicKey, ageRecipient, quote, proofOfPossession } = request;
    const chain = await issueDeviceCertificate(authority, { publicKey: bytes(publicKey), ageRecipient, quote: bytes(quote), proofOfPossession: bytes(proofOfPossession) }, { trust, at: new Date(), lifetime });
    this.send({ type: "install", chain: chainToPem(chain) });
    await this.next("installed");
    return { authority, trust };
  }

  /** Plays a controller that brings every file from a directory store and publishes at once, until the run ends. `paidSeconds` of a service. */
  async play(order: RunOrder, store: string, paidSeconds?: number): Promise<Message<"finish"> | Message<"abort">> {
    this.send({ type: "run", order });
    const { id } = order;
    const end = Promise.race([this.next("finish", id), this.next("abort", id)]);
    const need = await Promise.race([this.next("need", id), end]);
    if (need.type !== "need") return need;
    this.send({ type: "files", id, files: Object.fromEntries(need.files.map(({ key }) => [key, storedAt(store, key)]).filter(([, path]) => path !== "")) });
    const report = await Promise.race([this.next("report", id), end]);
    if (report.type !== "report") return report;
    this.send({ type: "published", id, paidSeconds });
    return end;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((done) => this.process.once("exit", done));
    this.send({ type: "stop" });
    await ended;
  }

  private wake(): void {
    for (const wake of this.waiting.splice(0)) wake();
  }
}

/** A fresh directory. */
export function fresh(name: string): string {
  const directory = mkdtempSync(join(tmpdir(), `cloister-${name}-`));
  mkdirSync(directory, { recursive: true });
  return directory;
}

/** Where a directory store keeps an object. */
export function storedAt(store: string, sha256: string): string {
  return execFileSync("find", [store, "-name", `*${sha256.slice(2)}*`, "-type", "f"], { encoding: "utf8" }).trim().split("\n")[0] ?? "";
}
