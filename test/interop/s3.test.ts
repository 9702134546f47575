// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type ChildProcess, spawn } from "node:child_process";
import { S3Store } from "../../src/store/s3/s3Store";
import { refusal } from "../unit/refusal";
import { needs } from "./tool";

const PORT = 5599;
const ENDPOINT = `http://127.0.0.1:${PORT}`;

/**
 * An S3 service that is not ours: moto (PyPI), told to verify signatures once a user, a policy, a key and nothing else were made without
 * (INITIAL_NO_AUTH_ACTION_COUNT). Its verification knows no presigned URLs, so those are left to test/unit/store.
 */
describe("moto as an S3 service that verifies signatures", function () {
  this.timeout(120_000);
  let server: ChildProcess;
  let keys: { accessKeyId: string; secretKey: string };

  before(async function () {
    needs(this, "moto_server", "--help");
    server = spawn("moto_server", ["-H", "127.0.0.1", "-p", String(PORT)], { env: { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: "3" }, stdio: "ignore" });
    await answering();
    await iam({ Action: "CreateUser", UserName: "store" });
    await iam({ Action: "PutUserPolicy", UserName: "store", PolicyName: "s3", PolicyDocument: JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: "s3:*", Resource: "*" }] }) });
    const made = await iam({ Action: "CreateAccessKey", UserName: "store" });
    const field = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(made)?.[1] ?? "";
    keys = { accessKeyId: field("AccessKeyId"), secretKey: field("SecretAccessKey") };
    const { S3mini } = await import("s3mini");
    await new S3mini({ accessKeyId: keys.accessKeyId, secretAccessKey: keys.secretKey, region: "eu-west-1", endpoint: `${ENDPOINT}/contents` }).createBucket();
  });
  after(() => void server?.kill());

  const open = (more: object = {}) => new S3Store({ type: "S3", endpoint: ENDPOINT, region: "eu-west-1", bucket: "contents", prefix: "room", ...keys, ...more });

  it("takes and gives back what we store, in one piece and in parts, whole and by range", async () => {
    for (const mebibytes of [0, 1, 36]) {
      const store = open();
      const { sha256, size } = await store.put(content(mebibytes));
      expect(size).to.equal(mebibytes << 20);
      expect(await store.has(sha256)).to.deep.equal({ sha256, size });
      let read = 0;
      for await (const piece of store.get(sha256)) read += piece.length;
      expect(read).to.equal(size);
      if (size > 0) {
        const parts: Uint8Array[] = [];
        for await (const piece of store.get(sha256, { start: size - 3, length: 3 })) parts.push(piece);
        expect([...Buffer.concat(parts)]).to.deep.equal([mebibytes - 1, mebibytes - 1, mebibytes - 1]);
      }
      expect(await store.delete(sha256)).to.equal(true);
      expect(await store.has(sha256)).to.equal(undefined);
    }
  });

  it("refuses a wrong secret and an unknown key, by name", async () => {
    for (const wrong of [{ secretKey: "wrong" }, { accessKeyId: "AKIAIOSFODNN7EXAMPLE" }]) {
      await refusal(open(wrong).put(content(1)), "StoreCredentialsRefused");
      await refusal(open(wrong).has("ab".repeat(32)), "StoreCredentialsRefused");
    }
  });
});

async function* content(mebibytes: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < mebibytes; n++) yield Buffer.alloc(1 << 20, n);
}

async function iam(fields: Record<string, string>): Promise<string> {
  const response = await fetch(ENDPOINT, {
    method: "POST",
    // Not a signature: it only tells moto which service is meant.
    headers: { authorization: "AWS4-HMAC-SHA256 Credential=none/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=none" },
    body: new URLSearchParams({ ...fields, Version: "2010-05-08" }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(text.slice(0, 500));
  return text;
}

/** Asks for what moto answers without counting it as an action. */
async function answering(): Promise<void> {
  for (let turn = 0; turn < 200; turn++) {
    const answered = await fetch(`${ENDPOINT}/moto-api/`).then((response) => response.ok, () => false);
    if (answered) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error("moto did not start");
}
