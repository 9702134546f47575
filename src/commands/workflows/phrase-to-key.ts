// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positionals } from "../command";

export const workflowsPhraseToKey = defineCommand({
  noun: "workflows",
  verb: "phrase-to-key",
  summary: "Turn 12 words into the key of results",
  role: "customer",
  listed: false,
  example: 'workflows phrase-to-key "legal winner thank year wave sausage worth useful legal winner thank yellow"',
  positionals: { mnemonic: positionals("the 12 words, in quotes or not") },
  async run(_context, { mnemonic }) {
    const { phraseToKey } = await import("../../crypto/mnemonic");
    return { key: phraseToKey(mnemonic.join(" ")) };
  },
  print: ({ key }, out) => out.line(key),
});
