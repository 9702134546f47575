// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { checkSolidity, checkTypeScript } from "../../../scripts/check/imports";

const rules = (file: string, ...imports: string[]) => checkTypeScript(file, imports.map((name) => `import "${name}";`).join("\n")).map(({ rule }) => rule);
const solidity = (file: string, ...imports: string[]) => checkSolidity(file, imports.map((name) => `import {A} from "${name}";`).join("\n")).map(({ rule }) => rule);

describe("who may import whom", () => {
  it("lets every room stand on the rooms below it", () => {
    expect(rules("src/core/report.ts", "./hex", "valibot", "@noble/hashes/sha2.js", "@scure/base")).to.deep.equal([]);
    expect(rules("src/crypto/seal.ts", "../core/errors", "age-encryption")).to.deep.equal([]);
    expect(rules("src/evidence/quotes/tdx.ts", "../../crypto/x509", "../../core/errors")).to.deep.equal([]);
    expect(rules("src/store/upload.ts", "../crypto/age", "node:fs")).to.deep.equal([]);
    expect(rules("src/chain/market.ts", "../core/errors", "ethers", "../../typechain-types")).to.deep.equal([]);
    expect(rules("src/commands/orders/get.ts", "../../tee/loader/protocol", "../../chain/market")).to.deep.equal([]);
    expect(rules("bin/spctl.ts", "../src/commands/catalogue", "../package.json")).to.deep.equal([]);
  });

  it("refuses what imports upwards or sideways, also late and as a type", () => {
    expect(rules("src/core/report.ts", "../crypto/hash")).to.deep.equal(["src/core imports src/crypto"]);
    expect(rules("src/store/upload.ts", "../chain/market")).to.deep.equal(["src/store imports src/chain"]);
    expect(checkTypeScript("src/chain/orders.ts", 'const load = () => import("../store/upload");').map(({ rule }) => rule)).to.deep.equal(["src/chain imports src/store"]);
    expect(checkTypeScript("src/crypto/seal.ts", 'import type { A } from "../evidence/device";').map(({ rule }) => rule)).to.deep.equal(["src/crypto imports src/evidence"]);
    expect(rules("src/tee/loader/main.ts", "../../../scripts/build")).to.deep.equal(["src/tee imports upwards: scripts/build"]);
    expect(rules("tasks/index.ts", "../src/chain/market")).to.deep.equal(["a task imports src/chain/market: only src/commands"]);
  });

  it("refuses Node in rooms for browsers, and other packages in core", () => {
    expect(rules("src/crypto/hash.ts", "node:crypto")).to.deep.equal(["src/crypto imports node:crypto: nothing of Node here"]);
    expect(rules("src/core/hex.ts", "tar")).to.deep.equal(["src/core imports tar: only @noble, @scure and valibot"]);
  });

  it("refuses ethers, Hardhat and the generated types outside the room of the chain", () => {
    expect(rules("src/commands/connect.ts", "ethers")).to.deep.equal(["ethers is imported outside src/chain"]);
    expect(rules("src/tee/controller/queue.ts", "../../../typechain-types")).to.deep.equal(["typechain-types is imported outside src/chain"]);
    expect(rules("scripts/localnet/chain.ts", "hardhat")).to.deep.equal([]);
    expect(rules("scripts/story/ledger.ts", "ethers")).to.deep.equal(["ethers is imported outside src/chain"]);
  });

  it("refuses clock, chance and machine in pure rooms, but not in comments", () => {
    const found = checkTypeScript("src/core/quote.ts", ["const now = Date.now();", "// Date.now() is a parameter", "const chance = Math.random();", "const home = process.env.HOME;"].join("\n"));
    expect(found.map(({ line }) => line)).to.deep.equal([1, 3, 4]);
  });

  it("holds the order of the contracts' rooms", () => {
    expect(solidity("contracts/OrderBook.sol", "./orders/Placing.sol", "./interfaces/IOfferCatalog.sol", "./types/Ids.sol", "@openzeppelin/contracts/token/ERC20/IERC20.sol")).to.deep.equal([]);
    expect(solidity("contracts/orders/Placing.sol", "../catalog/Selling.sol")).to.deep.equal(["OrderBook imports contracts/catalog/Selling.sol: contracts know each other only through interfaces/"]);
    expect(solidity("contracts/types/Orders.sol", "../libraries/Charges.sol")).to.deep.equal(["types imports contracts/libraries/Charges.sol: that is upwards"]);
    expect(solidity("contracts/libraries/Charges.sol", "../interfaces/IOrderBook.sol")).to.deep.equal(["libraries imports contracts/interfaces/IOrderBook.sol: that is upwards"]);
    expect(solidity("contracts/OrderBook.sol", "hardhat/console.sol")).to.deep.equal(["hardhat/console.sol is no part of the project"]);
  });
});
