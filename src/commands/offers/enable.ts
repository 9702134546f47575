// SPDX-License-Identifier: Apache-2.0
import { type AnyCommand, defineCommand, positional } from "../command";

function switching(verb: "enable" | "disable", summary: string): AnyCommand {
  return defineCommand({
    noun: "offers",
    verb,
    summary,
    role: "data owner",
    listed: false,
    example: `offers ${verb} 5`,
    positionals: { id: positional("offer id") },
    async run(context, { id }) {
      const { setOfferEnabled } = await import("../../chain/offers");
      const { parseId } = await import("../connect");
      const offer = parseId(id, "an offer");
      const { transaction, gasUsed } = await setOfferEnabled(await context.market("account"), offer, verb === "enable");
      return { offer, enabled: verb === "enable", transaction, gasUsed };
    },
    print: ({ offer, enabled }, out) => out.line(`Offer ${offer} was ${enabled ? "enabled" : "disabled"}`),
  });
}

export const offersEnable = switching("enable", "Put an offer back on the market");
export const offersDisable = switching("disable", "Take an offer off the market; open orders go on");
