// SPDX-License-Identifier: Apache-2.0
import { type AnyCommand, defineCommand } from "../command";

function switchingAll(verb: "enable-all" | "disable-all", summary: string): AnyCommand {
  const word = verb === "enable-all" ? "enabled" : "disabled";
  return defineCommand({
    noun: "offers",
    verb,
    summary,
    role: "data owner",
    listed: false,
    example: `offers ${verb}`,
    notes: `All offers of the provider whose action account you are. Those that are ${word} already are left alone, so a call that was cut off is simply
made again; a failure of one does not stop the others and gives exit code 1.`,
    async run(context) {
      const { switchAll } = await import("./switchAll");
      return switchAll(context, verb === "enable-all");
    },
    print({ provider, offers }, out) {
      if (offers.length === 0) out.line(`Provider ${provider} has no offers`);
      for (const offer of offers) {
        if (!offer.done) out.line(`Offer ${offer.id} was not ${word}: ${offer.reason} (${offer.code})${offer.fix === undefined ? "" : `\n  ${offer.fix}`}`);
        else out.line(offer.changed ? `Offer ${offer.id} was ${word}` : `Offer ${offer.id} was ${word} already`);
      }
    },
    done: ({ offers }) => offers.every(({ done }) => done),
  });
}

export const offersEnableAll = switchingAll("enable-all", "Put all your offers back on the market");
export const offersDisableAll = switchingAll("disable-all", "Take all your offers off the market; open orders go on");
