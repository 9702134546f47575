// SPDX-License-Identifier: Apache-2.0
import { defineCommand, repeated, text } from "../command";
import { offerOptions, providerOptions } from "./offerOptions";
import { printRegistered } from "./printing";

export const registerTee = defineCommand({
  noun: "register",
  verb: "tee",
  summary: "Register your machine as a compute offer",
  role: "machine owner",
  example: "register tee --offer-info ./tee-offer-info.json --slot-info ./tee-slot-info.json --security-deposit 200",
  notes: "Asks for what the options leave out, checks everything, and only then sends transactions. Afterwards `spctl tee run` starts the machine.",
  options: {
    ...providerOptions,
    ...offerOptions,
    optionInfo: repeated("option info file (bandwidth, traffic, external port)"),
    securityDeposit: text("tokens to add to the security deposit", { placeholder: "tokens" }),
  },
  async run(context, given) {
    const { registerComputeOffer } = await import("./computeOffer");
    return registerComputeOffer(context, given);
  },
  print: printRegistered,
});
