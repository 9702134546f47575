// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, positional, text, wrongUsage } from "../command";

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
  async run(context, { hash, offer, uses, validMinutes }) {
    const { setAllowance } = await import("../../chain/policy");
    const { parseId } = await import("../connect");
    const { providerAccounts } = await import("../providers/accounts");
    if (!/^(?:0x)?[0-9a-fA-F]{64}$/.test(hash)) throw wrongUsage("The hash must be 64 hex digits (a sha256).");
    const solutionHash = hash.replace(/^0x/, "").toLowerCase();
    const { authority } = await providerAccounts(context);
    const id = parseId(offer, "an offer");
    const notAfter = uses === 0 ? 0 : Math.floor(context.now().getTime() / 1000) + validMinutes * 60;
    const { transaction } = await setAllowance(authority, id, solutionHash, { notAfter, uses });
    return { offer: id, solutionHash, uses, notAfter: new Date(notAfter * 1000).toISOString(), transaction };
  },
  print({ offer, solutionHash, uses, notAfter }, out) {
    out.line(uses === 0 ? `Solution ${solutionHash} is not allowed for offer ${offer} any more` : `Solution ${solutionHash} is allowed ${uses} times for offer ${offer}, until ${notAfter}`);
  },
});
