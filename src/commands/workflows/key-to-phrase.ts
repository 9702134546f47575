// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const workflowsKeyToPhrase = defineCommand({
  noun: "workflows",
  verb: "key-to-phrase",
  summary: "Show the 12 words of the key of results",
  role: "customer",
  listed: false,
  example: "workflows key-to-phrase --key qrvM3e7/ABEiM0RVZneImQ==",
  options: { key: text("the key (default: the one in the configuration)", { placeholder: "base64" }) },
  async run(context, { key }) {
    const { keyToPhrase } = await import("../../crypto/mnemonic");
    if (key !== undefined) return { phrase: keyToPhrase(key) };
    const { section } = await import("../../core/config");
    const kept = section(await context.config(), "workflow").resultEncryption;
    return { phrase: kept.phrase ?? keyToPhrase(kept.key ?? "") };
  },
  print: ({ phrase }, out) => out.line(phrase),
});
