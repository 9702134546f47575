// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";

import { describe as sentenceOf, MARKET_ERRORS } from "../../../src/chain/contractErrors";
import { ERROR_TEXTS } from "../../../src/chain/errorTexts";

describe("an error of the contracts", () => {
  it("names its numbers in the sentence and in what to do, and leaves no blank unfilled", () => {
    const [expected, given] = [`0x${"11".repeat(32)}`, `0x${"22".repeat(32)}`];
    const parsed = MARKET_ERRORS.parseError(MARKET_ERRORS.encodeErrorResult("SolutionHashMismatch", [2, expected, given]));
    const error = sentenceOf(parsed!);
    expect(error.message).to.contain(expected).and.to.contain(given);
    expect(error.fix).to.contain(`If you verified ${given}`);
  });

  it("has texts whose blanks are all arguments of the error", () => {
    MARKET_ERRORS.forEachError(({ name, inputs }) => {
      const text = ERROR_TEXTS[name];
      if (!text) return;
      const known = inputs.map((input, index) => input.name || `value${index}`);
      for (const [, blank] of text.join(" ").matchAll(/\{(\w+)\}/g)) expect(known, name).to.include(blank);
    });
  });
});
