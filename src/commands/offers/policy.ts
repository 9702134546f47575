// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, number, positional, text, wrongUsage } from "../command";

export const offersPolicyList = defineCommand({
  noun: "offers",
  verb: "policy list",
  summary: "Show which solutions an offer's policy accepts",
  role: "data owner",
  listed: false,
  example: "offers policy list 5",
  notes: "What is used up or out of time is shown with --all only.",
  positionals: { offer: positional("offer id") },
  options: { all: flag("show what is used up, out of time or taken back too") },
  async run(context, { offer: given, all }) {
    const { blockTime } = await import("../../chain/orders");
    const { policyOf } = await import("../../chain/policy");
    const { parseId } = await import("../connect");
    const { offerOf } = await import("./view");
    const { Approval } = await import("../../core/resources");
    const { nameOf } = await import("../../core/offerType");
    const id = parseId(given, "an offer");
    const market = await context.market();
    const { approval } = await offerOf(market, "value", id);
    const now = await blockTime(market, await market.provider.getBlockNumber());
    const solutions = (await policyOf(market, id)).map(({ solutionHash, usesLeft, notAfter }) => ({ solution: solutionHash, uses_left: usesLeft, until: new Date(notAfter * 1000), accepted: usesLeft > 0 && now <= notAfter }));
    return { offer: id, approval: nameOf(Approval, approval), solutions: solutions.filter(({ accepted }) => all || accepted) };
  },
  print({ offer, approval, solutions }, out) {
    if (solutions.length === 0) out.line(`The policy of offer ${offer} accepts no solution`);
    else out.table(solutions);
    if (approval !== "Policy") out.line(`Note: offer ${offer} is approved ${approval === "Manual" ? "by hand" : "automatically"}, so its policy decides nothing (\`offers update value\` changes "approval")`);
  },
});

export const offersPolicyAllow = defineCommand({
  noun: "offers",
  verb: "policy allow",
  summary: "Accept a solution that you have read, for so many orders",
  role: "data owner",
  listed: false,
  example: "offers policy allow 424c1a74… --offer 5 --uses 10 --valid-minutes 43200",
  notes: "With the authority account. The hash is the `hash` of the solution's resource file. It replaces what was allowed for this solution before; `provisioner run` approves by it.",
  positionals: { hash: positional("sha256 of the solution") },
  options: {
    offer: text("your offer, of approval kind policy", { required: true, placeholder: "id" }),
    uses: number("how many orders", { default: 1 }),
    validMinutes: number("for how long, from now on", { default: 43_200 }),
  },
  async run(context, given) {
    const { allowSolution } = await import("./allowance");
    if (given.validMinutes < 1 || given.validMinutes > 0xffffff) throw wrongUsage(`--valid-minutes must be 1 to ${0xffffff}.`);
    if (given.uses === 0) throw wrongUsage("--uses must be 1 or more.", "Take an allowance back with `offers policy remove`.");
    const { offer, solutionHash, notAfter, transaction, gasUsed } = await allowSolution(context, given);
    return { offer, solutionHash, uses: given.uses, notAfter: new Date(notAfter * 1000).toISOString(), transaction, gasUsed };
  },
  print: ({ offer, solutionHash, uses, notAfter }, out) => out.line(`Solution ${solutionHash} is allowed ${uses} times for offer ${offer}, until ${notAfter}`),
});

export const offersPolicyRemove = defineCommand({
  noun: "offers",
  verb: "policy remove",
  summary: "Accept a solution no longer",
  role: "data owner",
  listed: false,
  example: "offers policy remove 424c1a74… --offer 5",
  notes: "With the authority account. Orders that were approved go on.",
  positionals: { hash: positional("sha256 of the solution") },
  options: { offer: text("your offer", { required: true, placeholder: "id" }) },
  async run(context, given) {
    const { allowSolution } = await import("./allowance");
    const { offer, solutionHash, transaction, gasUsed } = await allowSolution(context, { ...given, uses: 0, validMinutes: 0 });
    return { offer, solutionHash, transaction, gasUsed };
  },
  print: ({ offer, solutionHash }, out) => out.line(`Solution ${solutionHash} is not allowed for offer ${offer} any more`),
});
