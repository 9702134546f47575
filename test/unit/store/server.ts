// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { StoreServer, type StoreServerOptions } from "../../../src/store/server/storeServer";
import { type Grant, mintToken } from "../../../src/store/token";

/** A store server of this process, on a free port of the loopback. */
export interface RunningServer {
  readonly server: StoreServer;
  readonly url: string;
  readonly port: number;
  readonly key: Uint8Array;
  readonly log: string[];
  /** A token for a prefix: all rights for an hour, unless said otherwise. */
  token(prefix: string, more?: Partial<Grant>): string;
  /** The file of an object. */
  path(prefix: string, sha256: string): string;
  stop(): Promise<void>;
}

export async function startServer(directory: string, options: Partial<StoreServerOptions> & { port?: number } = {}): Promise<RunningServer> {
  mkdirSync(join(directory, "objects"), { recursive: true });
  const { port: wanted = 0, key = randomBytes(32), ...more } = options;
  const log: string[] = [];
  const now = options.now ?? (() => Math.floor(Date.now() / 1000));
  const server = new StoreServer({ directory, key, log: (line) => log.push(line), ...more, now });
  server.http.listen(wanted, "127.0.0.1");
  await once(server.http, "listening");
  const { port } = server.http.address() as AddressInfo;
  return {
    server,
    port,
    url: `http://127.0.0.1:${port}`,
    key,
    log,
    token: (prefix, grant = {}) => mintToken(key, { prefix, rights: ["read", "write", "delete"], notAfter: now() + 3600, ...grant }),
    path: (prefix, sha256) => join(directory, "objects", prefix, sha256.slice(0, 2), sha256.slice(2)),
    async stop() {
      server.http.closeAllConnections();
      if (server.http.listening) await new Promise((done) => server.http.close(done));
    },
  };
}

/** A way to a server that breaks: each connection is cut once so many bytes have passed, as often as told. */
export interface BrokenWay {
  readonly url: string;
  /** Connections that were cut. */
  cuts(): number;
  stop(): Promise<void>;
}

/** @param after bytes, counted in both directions. */
export async function brokenWay(port: number, after: number, times: number): Promise<BrokenWay> {
  let cuts = 0;
  const open = new Set<Socket>();
  const way: Server = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    let passed = 0;
    for (const [from, to] of [[near, far], [far, near]] as const) {
      open.add(from);
      from.on("error", () => to.destroy());
      from.on("close", () => {
        open.delete(from);
        to.destroy();
      });
      from.on("data", (bytes: Buffer) => {
        passed += bytes.length;
        if (passed > after && cuts < times) {
          cuts++;
          near.destroy();
          far.destroy();
        } else if (!to.write(bytes)) {
          from.pause();
          to.once("drain", () => from.resume());
        }
      });
    }
  });
  way.listen(0, "127.0.0.1");
  await once(way, "listening");
  return {
    url: `http://127.0.0.1:${(way.address() as AddressInfo).port}`,
    cuts: () => cuts,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise((done) => way.close(done));
    },
  };
}
