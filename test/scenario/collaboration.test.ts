// SPDX-License-Identifier: Apache-2.0
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { tellCollaboration } from "../../scripts/story/collaboration";

describe("the confidential collaboration", function () {
  this.timeout(120_000);

  it("is told in the guide's steps 1 to 11, with the guide's key lines and the same result as in the open", async () => {
    const directory = await mkdtemp(join(tmpdir(), "cloister-collaboration-"));
    const lines: string[] = [];
    try {
      const { result, expected, balances, gas } = await tellCollaboration({ directory, print: (line) => lines.push(line) });
      expect(result).to.deep.equal(expected);
      expect(result).to.include({ rows: 5000 });
      const told = lines.join("\n");
      for (let step = 1; step <= 11; step++) expect(told).to.match(new RegExp(`\\n== ${step}\\. `));
      for (const line of [
        /Slot \d+ for offer \d+ has been created successfully/,
        /Workflow was created, TEE order id: \["\d+"\]/,
        /Order \d+ has been completed successfully: status=Done/,
        /Order report validation successful!/,
        /SIMULATED/,
      ]) {
        expect(told).to.match(line);
      }
      // 10,000 tokens each; Alice pays 0.5 for the machine and 2 for the data, the protocol takes 3 %.
      const token = 10n ** 18n;
      expect(balances.alice).to.equal(10_000n * token - (25n * token) / 10n);
      expect(balances.bob).to.equal(10_000n * token + (194n * token) / 100n);
      expect(balances.carol).to.equal(9_900n * token + (485n * token) / 1000n);
      expect(balances["order escrow"]).to.equal((75n * token) / 1000n);
      expect(gas > 0n).to.equal(true);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});
