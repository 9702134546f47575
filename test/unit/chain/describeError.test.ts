// SPDX-License-Identifier: Apache-2.0
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { makeError } from "ethers";

import { decodeContractError, describe as sentenceOf, MARKET_ERRORS } from "../../../src/chain/contractErrors";
import { ERROR_TEXTS } from "../../../src/chain/errorTexts";
import { isCloisterError } from "../../../src/core/errors";
import { ROOT } from "../../../scripts/check/files";
import { IOrderBook__factory, OrderAnnex__factory, OrderBook__factory, OrderReader__factory } from "../../../typechain-types";

describe("an error of the contracts", () => {
  it("names its numbers in the sentence and in what to do, and leaves no blank unfilled", () => {
    const [expected, given] = [`0x${"11".repeat(32)}`, `0x${"22".repeat(32)}`];
    const parsed = MARKET_ERRORS.parseError(MARKET_ERRORS.encodeErrorResult("SolutionHashMismatch", [2, expected, given]));
    const error = sentenceOf(parsed!);
    expect(error.message).to.contain(expected).and.to.contain(given);
    expect(error.fix).to.contain(`If you verified ${given}`);
  });

  it("is named also where the contract answered with nothing, as a call that ran out of gas does", () => {
    for (const data of ["0x", "0x1234", null]) {
      const found = decodeContractError(makeError("refused", "CALL_EXCEPTION", { action: "call", data, reason: null, transaction: { to: null, data: "0x" }, invocation: null, revert: null }));
      expect(isCloisterError(found, "TransactionFailed"), String(data)).to.equal(true);
    }
  });

  it("says amounts in tokens and keeps the units in its details", () => {
    const amounts = { DepositTooSmall: [10n ** 17n, 5n * 10n ** 17n], SecurityTooSmall: [7, 10n ** 17n, 5n * 10n ** 17n], PriceAboveCeiling: [5n * 10n ** 17n, 10n ** 17n] };
    for (const [name, values] of Object.entries(amounts)) {
      const { message, details } = sentenceOf(MARKET_ERRORS.parseError(MARKET_ERRORS.encodeErrorResult(name, values))!);
      expect(message, name).to.match(/\b0\.1\b/).and.to.match(/\b0\.5\b/).and.not.to.contain("units");
      expect(Object.values(details), name).to.include(10n ** 17n).and.to.include(5n * 10n ** 17n);
    }
  });

  it("is named where the account has no coin, also by nodes that say so in words only", () => {
    const words = "Sender doesn't have enough funds to send tx. The max upfront cost is: 73544503288760 and the sender's balance is: 0.";
    const found = decodeContractError(makeError(`could not coalesce error (${words})`, "UNKNOWN_ERROR", { error: { code: -32000, message: words } }));
    expect(isCloisterError(found, "InsufficientFunds") && found.message).to.equal("The account has too little of the chain's coin to pay for gas: it has 0.0, the transaction may take up to 0.00007354450328876.");
    const account = `0x${"ab".repeat(20)}`;
    const geth = makeError(`insufficient funds (info={ "message": "insufficient funds for gas * price + value: address ${account} have 5000000000000000 want 20000000000000000" })`, "INSUFFICIENT_FUNDS", { transaction: {} });
    const named = decodeContractError(geth);
    expect(isCloisterError(named, "InsufficientFunds") && named.message).to.equal(`Account ${account} has too little of the chain's coin to pay for gas: it has 0.005, the transaction may take up to 0.02.`);
    const other = makeError("could not coalesce error", "UNKNOWN_ERROR", { error: { code: -32000, message: "something else" } });
    expect(decodeContractError(other)).to.equal(other);
  });

  it("is named where a number does not fit its argument", () => {
    const unfit = () => IOrderBook__factory.createInterface().encodeFunctionData("cancelOrder", [2n ** 48n]);
    expect(unfit).to.throw("out-of-bounds");
    try {
      unfit();
    } catch (error) {
      const found = decodeContractError(error);
      expect(isCloisterError(found, "NumberTooLarge") && found.message).to.equal("281474976710656 is more than the contracts can hold as order.");
    }
  });

  it("has texts whose blanks are all arguments of the error", () => {
    MARKET_ERRORS.forEachError(({ name, inputs }) => {
      const text = ERROR_TEXTS[name];
      if (!text) return;
      const known = inputs.map((input, index) => input.name || `value${index}`);
      for (const [, blank] of text.join(" ").matchAll(/\{(\w+)\}/g)) expect(known, name).to.include(blank);
    });
  });

  it("has a text for every error of every artifact, and an artifact for every text", () => {
    const known = new Set<string>();
    for (const file of readdirSync(join(ROOT, "artifacts", "contracts"), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".json") || file.endsWith(".dbg.json") || /(^|\/)test\//.test(file)) continue;
      const { abi } = JSON.parse(readFileSync(join(ROOT, "artifacts", "contracts", file), "utf8")) as { abi: { type: string; name: string }[] };
      for (const { type, name } of abi) if (type === "error") known.add(name);
    }
    expect([...known].filter((name) => ERROR_TEXTS[name] === undefined)).to.deep.equal([]);
    expect(known.size).to.be.greaterThan(100);
    MARKET_ERRORS.forEachError(({ name }) => known.add(name));
    expect(Object.keys(ERROR_TEXTS).filter((name) => !known.has(name))).to.deep.equal([]);
    expect([...known].filter((name) => MARKET_ERRORS.getError(name) === null)).to.deep.equal([]);
  });
});

describe("the order book", () => {
  it("has every verb of its interface, each in one of the three contracts of its code", () => {
    const partsWith = (selector: string) => [OrderBook__factory, OrderAnnex__factory, OrderReader__factory].filter((part) => part.createInterface().getFunction(selector as never) !== null).length;
    const shared = new Set(["authority()", "catalog()", "registry()", "attestation()", "owedTo(address,uint8)", "continuation()", "eip712Domain()", "cancelOrder(uint48)", "expireOrder(uint48)", "isConsumingScheduledOp()", "setAuthority(address)"]);
    IOrderBook__factory.createInterface().forEachFunction((verb) => {
      const found = partsWith(verb.selector);
      expect(found, verb.format()).to.satisfy((count: number) => (shared.has(verb.format()) ? count > 0 : count === 1));
    });
  });
});
