// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import type { Receipt } from "../../../src/chain/send";
import { isConnectionTrouble } from "../../../src/chain/connection";
import { CloisterError } from "../../../src/core/errors";
import { carry } from "../../../src/tee/controller/carry";
import { refusal } from "../refusal";

const RECEIPT: Receipt = { transaction: "0x1", block: 1, gasUsed: 1n, logs: [] };
const reset = () => Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
const patience = { log: () => undefined, over: () => false };

describe("carrying something to the chain once", () => {
  it("looks at the chain before it sends again", async () => {
    let sent = 0;
    const told: string[] = [];
    const done = async () => {
      told.push("looked");
      return sent === 2;
    };
    const send = async () => {
      told.push("sent");
      sent += 1;
      throw reset();
    };
    expect(await carry({ what: "it", done, send }, patience)).to.equal(undefined);
    expect(told).to.deep.equal(["sent", "looked", "sent", "looked"]);
  });

  it("hands on the receipt, and what the contract refuses unless it is done already", async () => {
    expect(await carry({ what: "it", done: async () => false, send: async () => RECEIPT }, patience)).to.equal(RECEIPT);
    const refused = new CloisterError("AlreadyReported", "Order 1 has its report.");
    const send = async () => Promise.reject(refused);
    expect(await refusal(carry({ what: "it", done: async () => false, send }, patience), "AlreadyReported")).to.equal(refused);
    expect(await carry({ what: "it", done: async () => true, send }, patience)).to.equal(undefined);
  });

  it("does not wait for a receipt that never comes, once the chain shows the thing done", async () => {
    expect(await carry({ what: "it", done: async () => true, send: () => new Promise<Receipt>(() => undefined) }, patience)).to.equal(undefined);
  });

  it("gives up when it is too late", async () => {
    const away = new CloisterError("ChainUnreachable", "The chain does not answer.");
    expect(await refusal(carry({ what: "it", done: async () => false, send: async () => Promise.reject(away) }, { ...patience, over: () => true }), "ChainUnreachable")).to.equal(away);
  });

  it("knows a connection that failed from a contract that refused", () => {
    for (const code of ["ECONNREFUSED", "ECONNRESET", "EPIPE", "TIMEOUT"]) expect(isConnectionTrouble(Object.assign(new Error("x"), { code }))).to.equal(true);
    expect(isConnectionTrouble(new CloisterError("LogsRefused", "x", "x", {}, { cause: reset() }))).to.equal(true);
    expect(isConnectionTrouble(new CloisterError("AlreadyReported", "x"))).to.equal(false);
    expect(isConnectionTrouble(new TypeError("undefined is not a function"))).to.equal(false);
  });
});
