// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";

/** What a command of an actor said. */
export interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An actor of a story: a home of its own, its own keys, and the tools it types. */
export class Actor {
  constructor(
    readonly name: string,
    readonly home: string,
    private readonly print: (line: string) => void,
  ) {}

  /** Types a line of the guide in the actor's home; prints the line and what the tool said; fails unless it exits with 0. */
  async types(tool: "spctl" | "provider-tools", args: readonly string[], options: { input?: string; quiet?: boolean } = {}): Promise<Said> {
    const said = await this.tries(tool, args, options);
    if (said.code !== 0) throw new Error(`${this.name}: ${tool} ${args.join(" ")} ended with ${said.code}:\n${said.stderr}${said.stdout}`);
    return said;
  }

  /** The same for a line that may be refused. */
  async tries(tool: "spctl" | "provider-tools", args: readonly string[], { input = "", quiet = false }: { input?: string; quiet?: boolean } = {}): Promise<Said> {
    if (!quiet) this.print(`  ${this.name}$ ./${tool} ${args.map(quoted).join(" ")}`);
    const child = spawn(`./${tool}`, [...args], { cwd: this.home, stdio: ["pipe", "pipe", "pipe"] });
    child.stdin.on("error", () => undefined); // A tool that asks nothing closes its input.
    child.stdin.end(input);
    const [stdout, stderr, code] = await Promise.all([
      textOf(child.stdout),
      textOf(child.stderr),
      new Promise<number>((resolve, reject) => {
        child.once("error", reject);
        child.once("close", (status) => resolve(status ?? 1));
      }),
    ]);
    if (!quiet) for (const line of `${stderr}${stdout}`.split("\n")) if (line.trim() !== "") this.print(`      ${line}`);
    return { code, stdout, stderr };
  }
}

async function textOf(stream: NodeJS.ReadableStream): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Buffer));
  return Buffer.concat(chunks).toString("utf8");
}

function quoted(argument: string): string {
  return /^[\w./,:=@-]+$/.test(argument) ? argument : `'${argument}'`;
}
