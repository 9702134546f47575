// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, text } from "../command";
import { type OrderOutcome, refusalOf } from "../orders/eachOrder";

export const rewardsClaim = defineCommand({
  noun: "rewards",
  verb: "claim",
  summary: "Have a provider's shares of ended epochs paid out",
  role: "data owner",
  listed: false,
  example: "rewards claim --epoch 2949",
  notes: "They go to the provider's token receiver. Anyone may ask, within a year of the epoch's end. Without --epoch all shares that are due are claimed.",
  options: {
    provider: text("provider, by id or address of its authority; by default your own", { placeholder: "id" }),
    epoch: list("only these epochs"),
  },
  async run(context, { provider: given, epoch: named }) {
    const { claimReward, fundedEpochs, readEpochs } = await import("../../chain/rewards");
    const { CloisterError } = await import("../../core/errors");
    const { formatTokens } = await import("../amounts");
    const { parseId } = await import("../connect");
    const { sharingProvider } = await import("./sharing");
    const wanted = named.map((epoch) => Number(parseId(epoch, "an epoch")));
    const { market, provider } = await sharingProvider(context, given);
    if (provider === undefined) throw new CloisterError("ProviderMissing", `${market.account ?? "Nobody"} is not a provider.`, "Name one with --provider.", { account: market.account });
    const due = async (): Promise<number[]> =>
      (await readEpochs(market, await fundedEpochs(market), provider)).filter(({ state, provider: own }) => state === "claimable" && own!.claimed === 0n && own!.share > 0n).map(({ epoch }) => epoch);
    const epochs = wanted.length > 0 ? wanted : await due();
    const claims: (OrderOutcome & { readonly amount?: string })[] = [];
    let paid = 0n;
    for (const epoch of epochs) {
      try {
        const { amount, transaction, gasUsed } = await claimReward(market, epoch, provider);
        paid += amount;
        claims.push({ id: BigInt(epoch), done: true, transaction, gasUsed, amount: formatTokens(amount) });
      } catch (error) {
        claims.push(refusalOf(BigInt(epoch), error));
      }
    }
    return { provider, epochs: claims, paid: formatTokens(paid) };
  },
  print({ provider, epochs, paid }, out) {
    if (epochs.length === 0) out.line(`Nothing is due to provider ${provider}`);
    for (const claim of epochs) {
      if (claim.done) out.line(`Epoch ${claim.id}: ${claim.amount} tokens were paid`);
      else out.line(`Epoch ${claim.id}: nothing was paid: ${claim.reason} (${claim.code})${claim.fix === undefined ? "" : `\n  ${claim.fix}`}`);
    }
    if (epochs.length > 0) out.line(`Paid ${paid} tokens to provider ${provider}`);
  },
  done: ({ epochs }) => epochs.every(({ done }) => done),
});
