// SPDX-License-Identifier: Apache-2.0
import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { orderTexts, getOrder, completeSuborder } from "../../src/chain/orders";
import { OrderStatus } from "../../src/core/orderStatus";
import { parseApprovalFile } from "../../src/core/approval";
import { ACTORS } from "../../scripts/localnet/actors";
import { Stage } from "./stage";

const COPY = `const fs = require("node:fs"); fs.copyFileSync("/sp/inputs/input-0001/a.txt", "/sp/output/a.txt");`;

describe("approvals that a data owner signs before there is an order", function () {
  this.timeout(180_000);
  let stage: Stage;
  let solution: string;
  let other: string;
  let hash: string;
  let data: Awaited<ReturnType<Stage["offerData"]>>;
  let asked: string[];
  let signed = 0;

  before(async () => {
    stage = await Stage.open();
    solution = await stage.solution("copy", COPY);
    other = await stage.solution("other", `${COPY} console.log("other");`);
    hash = (await stage.resource(stage.alice, solution)).hash.hash;
    data = await stage.offerData("dataset", { "a.txt": "approved before" });
    asked = (await stage.alice.types("spctl", ["approvals", "request"])).stdout.trim().split(" ");
  });
  after(() => stage?.close());

  /** Bob signs an approval and gives the file to Alice; its name in both homes. */
  async function sign(more: readonly string[] = [], whose: readonly string[] = asked): Promise<string> {
    const name = `approval-${++signed}.json`;
    await stage.bob.types("spctl", ["approvals", "sign", "--offer", String(data.offer), "--result", data.resource, "--solution-hash", hash, "--tee", String(stage.compute), "--output", name, ...whose, ...more]);
    await copyFile(join(stage.bob.home, name), join(stage.alice.home, name));
    return name;
  }
  const place = (given = solution, more: readonly string[] = []) => stage.place(given, [data], more);
  const carry = (order: bigint, approval: string) => stage.alice.tries("spctl", ["orders", "complete", String(order + 1n), "--approval", approval]);
  const listed = async (...names: string[]) => JSON.parse((await stage.bob.types("spctl", ["approvals", "list", "--json", ...names])).stdout) as { state: string; left: number }[];
  const logOf = async (order: bigint) => (await stage.resultOf(order)).log;

  it("let an order run that never waits for its owner, to the end of their uses", async () => {
    const approval = await sign(["--uses", "2"]);
    expect(parseApprovalFile(await readFile(join(stage.alice.home, approval), "utf8")).approval.uses).to.equal(2);
    expect(await listed(approval)).to.have.nested.property("[0].left", 2);
    const began = Date.now();
    for (const left of [1, 0]) {
      const order = await place();
      expect((await carry(order, approval)).stdout).to.equal(`Order ${order + 1n} has been completed successfully: status=Done\n`);
      expect(await stage.ended(order)).to.equal("Done");
      expect(await (await stage.resultOf(order)).file("a.txt")).to.equal("approved before");
      expect((await listed(approval))[0]).to.include({ left, state: left === 0 ? "used up" : "valid" });
    }
    const { market } = stage.network;
    const gas = await Promise.all((await market.orderBook.queryFilter(market.orderBook.filters.ApprovalUsed())).map(async (event) => (await event.getTransactionReceipt()).gasUsed));
    console.log(`      two orders by a signed approval, placing to opened result: ${Date.now() - began} ms; carrying it costs ${gas.join(" and ")} gas`);
    const third = await place();
    const refused = await carry(third, approval);
    expect(refused.code).to.equal(1);
    expect(refused.stdout).to.contain("(ApprovalUsedUp)");
    expect(await stage.status(third)).to.equal("Blocked");
    const { stdout } = await stage.bob.types("spctl", ["approvals", "get", approval, "--json"]);
    expect((JSON.parse(stdout) as { completed: string[] }).completed).to.have.length(2);
  });

  it("are refused when revoked, expired, for another customer or solution: by name, on chain, and the order stays Blocked", async () => {
    const revoked = await sign();
    expect((await stage.alice.tries("spctl", ["approvals", "revoke", revoked])).stderr).to.contain("(NotActionAccount)");
    await stage.bob.types("spctl", ["approvals", "revoke", revoked]);
    const expired = await sign(["--valid-minutes", "1"]);
    const forCarol = await sign([], ["--customer", ACTORS.carol.address, "--any-recipient"]);
    const order = await place();
    await stage.passes(61);
    for (const [approval, code] of [[revoked, "ApprovalUsedUp"], [expired, "ApprovalExpired"], [forCarol, "ApprovalMismatch"]] as const) {
      expect((await carry(order, approval)).stdout, code).to.contain(`(${code})`);
    }
    expect((await listed(revoked, expired, forCarol)).map(({ state }) => state)).to.deep.equal(["revoked", "expired", "valid"]);
    expect((await carry(await place(other), await sign())).stdout).to.contain("(SolutionHashMismatch)");
    expect(await stage.status(order)).to.equal("Blocked");

    const changed = JSON.parse(await readFile(join(stage.alice.home, forCarol), "utf8")) as { approval: { uses: number; customer: string } };
    changed.approval = { ...changed.approval, uses: 9, customer: ACTORS.alice.address.toLowerCase() };
    await writeFile(join(stage.alice.home, "changed.json"), JSON.stringify(changed));
    expect((await carry(order, "changed.json")).stdout).to.contain("(ApprovalNotSigned)");
    await writeFile(join(stage.alice.home, "cut.json"), "{}");
    expect((await carry(order, "cut.json")).stderr).to.contain("(ApprovalInvalid)");
    // The right one still lets it go on.
    await carry(order, await sign());
    expect(await stage.ended(order)).to.equal("Done");
  });

  it("end in Error with a readable log where the order is not what is sealed: inputs, arguments, recipient", async () => {
    const before = await stage.balance("alice");
    const more = await stage.offerData("more", { "a.txt": "more" });
    const withMore = await stage.place(solution, [data, more]);
    await stage.approve(withMore + 2n, more.resource, hash);
    const cases: [bigint, string, string][] = [
      [withMore, await sign(), "inputsHash"],
      [await place(solution, ["--command", "hidden"]), await sign(), "argumentsHash"],
      [await place(), await sign([], ["--any-customer", "--recipient", await recipientOfBob()]), "resultRecipient"],
    ];
    for (const [order, approval, field] of cases) {
      expect((await carry(order, approval)).stdout).to.contain("status=Done");
      expect(await stage.ended(order)).to.equal("Error");
      expect(await logOf(order)).to.contain(`KeyReleaseMismatch: The key release is for ${field} `);
    }
    expect(await stage.balance("alice")).to.equal(before);
    // What the owner lets through by name runs.
    const free = await place(solution, ["--command", "hidden"]);
    await carry(free, await sign(["--accept-arguments", "--any-inputs"]));
    expect(await stage.ended(free)).to.equal("Done");
  });

  it("serve nothing but what they completed: their release, carried by the owner's account without them, opens nothing", async () => {
    const file = parseApprovalFile(await readFile(join(stage.alice.home, await sign()), "utf8"));
    const order = await place();
    const bob = await stage.as("bob");
    await completeSuborder(bob, order + 1n, OrderStatus.Done, hash, Buffer.from(file.release, "base64"));
    bob.close();
    expect(await stage.ended(order)).to.equal("Error");
    expect(await logOf(order)).to.match(/KeyReleaseMismatch: The key release is for approval 0x[0-9a-f]{64}, but the order has none\./);
    const texts = await orderTexts(stage.network.market, await getOrder(stage.network.market, order));
    expect(texts.map(({ name }) => name)).to.include("SuborderCompleted");
  });

  it("are opened by no other device: a machine started anew ends the order, and compensates nothing", async () => {
    const approval = await sign();
    await stage.machine.stop();
    await stage.network.startMachine("carol", stage.compute);
    const order = await place();
    expect((await carry(order, approval)).stdout).to.contain("status=Done");
    expect(await stage.ended(order)).to.equal("Error");
    expect(await logOf(order)).to.contain("NotSealedForUs");
    const again = await place();
    await carry(again, await sign());
    expect(await stage.ended(again)).to.equal("Done");
  });

  async function recipientOfBob(): Promise<string> {
    const { stdout } = await stage.bob.types("spctl", ["approvals", "request", "--json"]);
    return (JSON.parse(stdout) as { recipient: string }).recipient;
  }
});
