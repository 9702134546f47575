// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What happens to a call: it is passed on, its connection ends before, or after the chain has taken it. */
export type Fate = "pass" | "refuse" | "lose";

/** A bad connection to a chain, on loopback: decides for every JSON-RPC call what becomes of it. */
export class ChainProxy {
  /** Decides by the call's method. */
  fate: (method: string) => Fate = () => "pass";
  /** How many calls were refused or lost, by method. */
  readonly spoilt = new Map<string, number>();
  private readonly agent = new Agent({ keepAlive: true });

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async open(rpcUrl: string): Promise<ChainProxy> {
    const server = createServer();
    const proxy = new ChainProxy(server, new URL(rpcUrl));
    server.on("request", (incoming: IncomingMessage, answer: ServerResponse) => void proxy.pass(incoming, answer).catch(() => answer.destroy()));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get rpcUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
    this.agent.destroy();
  }

  private async pass(incoming: IncomingMessage, answer: ServerResponse): Promise<void> {
    const body = await bytesOf(incoming);
    const { method = "" } = JSON.parse(body.toString("utf8")) as { method?: string };
    const fate = this.fate(method);
    if (fate !== "pass") this.spoilt.set(method, (this.spoilt.get(method) ?? 0) + 1);
    if (fate === "refuse") return void answer.destroy();
    const outgoing = request(this.target, { method: "POST", agent: this.agent, headers: { "content-type": "application/json", "content-length": body.length } });
    outgoing.end(body);
    const [reply] = (await once(outgoing, "response")) as [IncomingMessage];
    const bytes = await bytesOf(reply);
    if (fate === "lose") return void answer.destroy();
    answer.writeHead(reply.statusCode ?? 502, { "content-type": "application/json" });
    answer.end(bytes);
  }
}

async function bytesOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}
