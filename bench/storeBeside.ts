// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { StoreServer } from "../src/store/server/storeServer";
import { mintToken } from "../src/store/token";
import { settingsOf, startS3 } from "../test/unit/store/s3Server";

/** The process that stores.ts starts: serves a directory and prints, as one line of JSON, the settings to reach it with. */
async function serve(kind: string, directory: string): Promise<void> {
  if (kind === "s3") return void console.log(JSON.stringify(settingsOf(await startS3(directory))));
  mkdirSync(join(directory, "objects"));
  const key = randomBytes(32);
  const now = (): number => Math.floor(Date.now() / 1000);
  const { http } = new StoreServer({ directory, key, now, log: () => undefined });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const address = http.address();
  if (address === null || typeof address === "string") throw new Error("the store server has no port");
  console.log(JSON.stringify({ type: "HTTP", url: `http://127.0.0.1:${address.port}`, token: mintToken(key, { prefix: "bench", rights: ["read", "write", "delete"], notAfter: now() + 86_400 }) }));
}

serve(process.argv[2] ?? "", process.argv[3] ?? "").catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
