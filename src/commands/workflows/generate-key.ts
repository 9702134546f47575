// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const workflowsGenerateKey = defineCommand({
  noun: "workflows",
  verb: "generate-key",
  summary: "Make a key that results are sealed to",
  role: "customer",
  listed: false,
  example: "workflows generate-key",
  notes: "It goes into the configuration as workflow.resultEncryption.key. Without it (or its phrase) results cannot be opened.\nWith --child-of it is the key of orders placed with --created-by: whoever gets it opens their results and nothing else of yours.",
  options: { childOf: text("make the key of the orders that this order makes, from your own", { placeholder: "order" }) },
  async run(context, { childOf }) {
    const { parseId } = await import("../connect");
    if (childOf !== undefined) return { key: await context.resultKey(parseId(childOf, "an order")) };
    const { newPhrase, phraseToKey } = await import("../../crypto/mnemonic");
    return { key: phraseToKey(newPhrase()) };
  },
  print: ({ key }, out) => out.line(key),
});
