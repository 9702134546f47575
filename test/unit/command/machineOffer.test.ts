// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { CloisterError } from "../../../src/core/errors";
import { machineOffer } from "../../../src/commands/connect";

describe("the compute offer of a machine", () => {
  it("is the one given, else the configuration's, and is asked for where there is none", () => {
    expect(machineOffer("7", "3")).to.equal(7n);
    expect(machineOffer(undefined, "3")).to.equal(3n);
    expect(() => machineOffer("x", "3")).to.throw(CloisterError, '"x" is not the id of a compute offer.');
    expect(() => machineOffer(undefined, undefined)).to.throw(CloisterError, "--offer is missing, and the configuration has no machine.offer.").with.property("code", "WrongUsage");
  });
});
