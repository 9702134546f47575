// SPDX-License-Identifier: Apache-2.0
import { type AnyCommand, defineCommand, flag, text } from "../command";
import { offerOptions, providerOptions } from "./offerOptions";
import { printRegistered } from "./printing";

function registerContent(verb: "data" | "solution"): AnyCommand {
  return defineCommand({
    noun: "register",
    verb,
    summary: verb === "data" ? "Register your data set as an offer" : "Register your solution as an offer",
    role: "data owner",
    example: `register ${verb} --result ./${verb === "data" ? "dataset" : "solution"}.resource.json`,
    notes: "Asks for what the options leave out, checks everything, and only then sends transactions. The key in the resource file stays with you: the offer names the content's hash only.",
    options: {
      result: text("resource file that `spctl files upload` wrote", { required: true, placeholder: "path" }),
      ...providerOptions,
      ...offerOptions,
      yes: flag("answer yes to warnings"),
    },
    async run(context, given) {
      const { registerContentOffer } = await import("./contentOffer");
      return registerContentOffer(context, verb, given);
    },
    print: printRegistered,
  });
}

export const registerData = registerContent("data");
export const registerSolution = registerContent("solution");
