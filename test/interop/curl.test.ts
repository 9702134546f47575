// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { promisify } from "node:util";
import { type RunningServer, startServer } from "../unit/store/server";
import { needs, scratch } from "./tool";

/** The lines of docs/running-a-store.md that need none of our tools. */
describe("stock curl against a store server", () => {
  const { path } = scratch();
  let running: RunningServer;
  const content = Buffer.from(Uint8Array.from({ length: 3_000_000 }, (_, index) => (index * 7 + (index >> 9)) & 255));
  const sha256 = createHash("sha256").update(content).digest("hex");

  before(async function () {
    needs(this, "curl", "--version");
    mkdirSync(path("served"));
    running = await startServer(path("served"));
    writeFileSync(path("content"), content);
  });
  after(() => running?.stop());

  const curl = async (address: string, ...args: string[]): Promise<string> => {
    const line = ["-sS", "-w", "%{http_code}", ...args, "-H", `Authorization: Bearer ${running.token("alice")}`, `${running.url}/alice/${address}`];
    return (await promisify(execFile)("curl", line)).stdout;
  };

  it("stores, reads whole and in part, and deletes", async () => {
    expect(await curl(sha256, "-T", path("content"))).to.match(/201$/);
    expect(await curl(sha256, "-o", path("back"))).to.equal("200");
    expect(readFileSync(path("back")).equals(content)).to.equal(true);
    expect(await curl(sha256, "-o", path("part"), "-r", "0-99")).to.equal("206");
    expect(readFileSync(path("part")).equals(content.subarray(0, 100))).to.equal(true);
    expect(await curl(sha256, "-X", "DELETE")).to.match(/200$/);
    expect(await curl(sha256)).to.match(/ObjectMissing.*404$/);
  });

  it("is refused bytes of another hash, before or after it sends them", async () => {
    expect(await curl("ab".repeat(32), "-T", path("content"))).to.match(/ObjectRefused.*422$/);
    const line = ["-sS", "-w", "%{http_code}", "-T", path("content"), `${running.url}/alice/${sha256}`];
    expect((await promisify(execFile)("curl", line)).stdout).to.match(/TokenMissing.*401$/);
  });

  it("goes on with an interrupted upload piece by piece", async () => {
    writeFileSync(path("first"), content.subarray(0, 1_000_000));
    writeFileSync(path("second"), content.subarray(1_000_000));
    expect(await curl("uploads/one", "-X", "PATCH", "-H", "Upload-Offset: 0", "--data-binary", `@${path("first")}`)).to.match(/200$/);
    expect(await curl("uploads/one", "-I")).to.match(/upload-offset: 1000000\r\n[\s\S]*200$/i);
    expect(await curl("uploads/one", "-X", "PATCH", "-H", "Upload-Offset: 1000000", "--data-binary", `@${path("second")}`)).to.match(/200$/);
    expect(await curl(`uploads/one?sha256=${sha256}`, "-X", "POST", "-H", "Cloister-Keep-Until: 1")).to.match(/201$/);
    expect(await curl(sha256)).to.match(/ContentExpired.*410$/);
  });
});
