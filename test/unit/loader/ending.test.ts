// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { summary } from "../../../src/tee/loader/ending";
import type { RunOutcome } from "../../../src/tee/runner/runner";

const OUTCOME: RunOutcome = {
  exitCode: 0,
  log: "",
  used: { wallSeconds: 2.04, memoryBytes: 3 * 2 ** 20, processes: 2, outputBytes: 7 },
  limits: [
    { limit: "time", value: 60, by: "timer" },
    { limit: "processes", value: 256, by: "cgroup v2" },
  ],
  leftOut: [],
};

describe("how a run ended, for its customer", () => {
  it("names the limit that was passed, its number and what held it", () => {
    expect(summary({ ...OUTCOME, exitCode: 137, limitHit: "time" }, false, undefined)).to.include("was ended by its limit of time: 60 seconds, held by timer, after 2.0 s");
    expect(summary({ ...OUTCOME, exitCode: 1, limitHit: "processes" }, false, undefined)).to.include("limit of processes: 256 processes, held by cgroup v2,");
  });

  it("tells the end of a lease, a cancel and a stopped machine apart", () => {
    expect(summary({ ...OUTCOME, limitHit: "time" }, true, undefined)).to.include("ran to the end of its lease or money after 2.0 s (memory 3 MiB, output 7 bytes)");
    expect(summary({ ...OUTCOME, limitHit: "aborted" }, false, "customer")).to.include("was canceled");
    expect(summary({ ...OUTCOME, limitHit: "aborted" }, false, "machine")).to.include("the machine is being stopped");
    expect(summary({ ...OUTCOME, exitCode: 3, leftOut: ['"x": a symbolic link'] }, false, undefined)).to.match(/ended with exit code 3 .* Left out of the output: "x": a symbolic link\.$/);
  });
});
