// SPDX-License-Identifier: Apache-2.0
import { defineCommand } from "../command";

export const workflowsGenerateKey = defineCommand({
  noun: "workflows",
  verb: "generate-key",
  summary: "Make a key that results are sealed to",
  role: "customer",
  listed: false,
  example: "workflows generate-key",
  notes: "It goes into the configuration as workflow.resultEncryption.key. Without it (or its phrase) results cannot be opened.",
  async run() {
    const { newPhrase, phraseToKey } = await import("../../crypto/mnemonic");
    return { key: phraseToKey(newPhrase()) };
  },
  print: ({ key }, out) => out.line(key),
});
