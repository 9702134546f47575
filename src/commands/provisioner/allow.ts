// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, positional, text } from "../command";

export const provisionerAllow = defineCommand({
  noun: "provisioner",
  verb: "allow",
  summary: "Let your robot approve a solution that you have read",
  role: "data owner",
  listed: false,
  example: "provisioner allow 424c1a74… --offer 5 --uses 10 --valid-minutes 43200",
  notes: "Sets the policy on chain, with the authority account. The hash is the `hash` of the solution's resource file. --uses 0 takes an allowance back.",
  positionals: { hash: positional("sha256 of the solution") },
  options: {
    offer: text("your offer, of approval kind policy", { required: true, placeholder: "id" }),
    uses: number("how many orders", { default: 1 }),
    validMinutes: number("for how long, from now on", { default: 43_200 }),
  },
  async run(context, given) {
    const { allowSolution } = await import("../offers/allowance");
    const { offer, solutionHash, notAfter, transaction } = await allowSolution(context, given);
    return { offer, solutionHash, uses: given.uses, notAfter: new Date(notAfter * 1000).toISOString(), transaction };
  },
  print({ offer, solutionHash, uses, notAfter }, out) {
    out.line(uses === 0 ? `Solution ${solutionHash} is not allowed for offer ${offer} any more` : `Solution ${solutionHash} is allowed ${uses} times for offer ${offer}, until ${notAfter}`);
  },
});
