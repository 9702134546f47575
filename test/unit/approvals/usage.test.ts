// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { spctl } from "../command/stage";

const HASH = "ab".repeat(32);
const ACCOUNT = `0x${"ab".repeat(20)}`;
const sign = (...more: string[]) => spctl(["approvals", "sign", "--offer", "5", "--result", "r.json", "--solution-hash", HASH, ...more]);

describe("approvals", () => {
  it("sign: says who and which devices, or is wrong usage before anything is read", async () => {
    const cases: [string[], string][] = [
      [[], "--tee is missing"],
      [["--tee", "1"], "either --customer or --any-customer"],
      [["--tee", "1", "--any-customer", "--customer", ACCOUNT], "either --customer or --any-customer"],
      [["--tee", "1", "--customer", ACCOUNT], "either --recipient or --any-recipient"],
      [["--tee", "1", "--customer", "0x12", "--any-recipient"], "--customer must be an account"],
      [["--tee", "1", "--any-customer", "--recipient", "me"], "--recipient must be an age recipient"],
      [["--tee", "1", "--any-customer", "--any-recipient", "--uses", "0"], "--uses must be 1"],
      [["--tee", "1", "--any-customer", "--any-recipient", "--valid-minutes", "0"], "--valid-minutes must be 1 to 16777215"],
      [["--tee", "1", "--any-customer", "--any-recipient", "--valid-minutes", "999999999999"], "--valid-minutes must be 1 to 16777215"],
    ];
    for (const [given, message] of cases) {
      const { code, stderr } = await sign(...given);
      expect(code, stderr).to.equal(2);
      expect(stderr).to.contain(message);
    }
  });

  it("orders complete: an approval goes without what it says itself, and without one the status is needed", async () => {
    const both = await spctl(["orders", "complete", "8", "--approval", "a.json", "--status", "done"]);
    expect(both).to.include({ code: 2 });
    expect(both.stderr).to.contain("--approval says all by itself");
    expect((await spctl(["orders", "complete", "8"])).stderr).to.contain("--status is required");
  });
});
