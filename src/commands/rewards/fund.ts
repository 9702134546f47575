// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, positional } from "../command";

export const rewardsFund = defineCommand({
  noun: "rewards",
  verb: "fund",
  summary: "Add to the budget that providers share for what they earn",
  role: "operator",
  listed: false,
  example: "rewards fund 500 --epoch 2950",
  notes: "Anyone may, for the running epoch or one that begins within a year. Nobody gets it back: what is not claimed goes into later epochs (`rewards carry-over`).",
  positionals: { amount: positional("tokens, e.g. 500 or 12.5", { placeholder: "tokens" }) },
  options: { epoch: number("epoch; by default the one that runs") },
  async run(context, { amount, epoch: given }) {
    const { fundRewards, readEpochs, runningEpoch } = await import("../../chain/rewards");
    const { formatTokens, parseTokens } = await import("../amounts");
    const units = parseTokens(amount);
    const market = await context.market("account");
    const epoch = given ?? (await runningEpoch(market));
    const { transaction, gasUsed } = await fundRewards(market, epoch, units);
    const [found] = await readEpochs(market, [epoch]);
    return { epoch, added: amount, budget: formatTokens(found!.funded), transaction, gasUsed };
  },
  print: ({ epoch, added, budget }, out) => out.line(`Added ${added} tokens to the budget of epoch ${epoch}; it is ${budget} tokens now`),
});

export const rewardsCarryOver = defineCommand({
  noun: "rewards",
  verb: "carry-over",
  summary: "Move what nobody claimed of an old epoch into the running one",
  role: "operator",
  listed: false,
  example: "rewards carry-over 2890",
  notes: "Anyone may, a year after the epoch's end.",
  positionals: { epoch: positional("epoch") },
  async run(context, { epoch: given }) {
    const { carryOverRewards } = await import("../../chain/rewards");
    const { parseId } = await import("../connect");
    const epoch = Number(parseId(given, "an epoch"));
    const { transaction, gasUsed } = await carryOverRewards(await context.market("account"), epoch);
    return { epoch, transaction, gasUsed };
  },
  print: ({ epoch }, out) => out.line(`What was left of epoch ${epoch} was carried over`),
});
