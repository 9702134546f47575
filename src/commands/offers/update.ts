// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, positionals, text } from "../command";
import type { OfferOutcome } from "./changes";

export const offersUpdate = defineCommand({
  noun: "offers",
  verb: "update",
  summary: "Change the texts and rules of offers",
  role: "data owner",
  listed: false,
  example: "offers update value 5 --path ./offerInfo.json",
  notes: `Fields that the file leaves out stay as they are. Orders that are placed keep what they were sold.
Type, token and cancelability of an offer, a machine's resources and its compensation never change: make another offer. Slots: \`offers update-slot\`; content: \`offers version add\`.`,
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }), ids: positionals("offer ids") },
  options: {
    path: text("info file with what changes", { placeholder: "path" }),
    configuration: text("JSON file that says what its solution can be configured with", { placeholder: "path" }),
  },
  async run(context, { kind, ids, path, configuration }) {
    const { updateOffers } = await import("./changes");
    return updateOffers(context, kind as "tee" | "value", ids, { path, configuration });
  },
  print(outcomes: OfferOutcome[], out) {
    for (const outcome of outcomes) {
      if (!outcome.done) out.line(`Offer ${outcome.id} was not updated: ${outcome.reason} (${outcome.code})${outcome.fix === undefined ? "" : `\n  ${outcome.fix}`}`);
      else out.line(outcome.transactions.length === 0 ? `Offer ${outcome.id} was like that already` : `Offer ${outcome.id} was updated`);
    }
  },
  done: (outcomes) => outcomes.every(({ done }) => done),
});
