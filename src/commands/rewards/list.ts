// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, text } from "../command";

export const rewardsList = defineCommand({
  noun: "rewards",
  verb: "list",
  summary: "Show the budgets of epochs, and what a provider earned of them",
  role: "data owner",
  listed: false,
  example: "rewards list --provider 2",
  notes: "An epoch's budget is split by what providers earned in it with reported orders; no share is larger than the commission that the provider's orders paid. The share of an epoch that runs is what it would be now.",
  options: {
    provider: text("provider, by id or address of its authority; by default your own, where you are one", { placeholder: "id" }),
    limit: number("how many at most, the newest", { default: 10 }),
  },
  async run(context, { provider: given, limit }) {
    const { fundedEpochs, readEpochs } = await import("../../chain/rewards");
    const { formatTokens } = await import("../amounts");
    const { sharingProvider } = await import("./sharing");
    const { market, provider } = await sharingProvider(context, given);
    const epochs = limit === 0 ? [] : (await fundedEpochs(market)).slice(-limit);
    const found = await readEpochs(market, epochs, provider);
    return {
      provider,
      epochs: found.map(({ epoch, endsAt, closesAt, state, funded, left, totalRevenue, provider: own }) => ({
        epoch,
        state,
        ends: new Date(endsAt * 1000),
        claims_close: new Date(closesAt * 1000),
        budget: formatTokens(funded),
        left: formatTokens(left),
        total_revenue: formatTokens(totalRevenue),
        ...(own && { revenue: formatTokens(own.revenue), commission: formatTokens(own.commission), share: formatTokens(own.share), claimed: formatTokens(own.claimed) }),
      })),
    };
  },
  print({ provider, epochs }, out) {
    if (provider !== undefined) out.line(`Shares of provider ${provider}`);
    if (epochs.length === 0) out.line("No epochs");
    else out.table(epochs, Object.keys(epochs[0]!).filter((column) => column !== "claims_close"));
  },
});
