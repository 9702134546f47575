// SPDX-License-Identifier: Apache-2.0
import { list, number, repeated, text } from "../command";

/** What a workflow is described with: `workflows create` places it, `explain` says what would happen. */
export const workflowOptions = {
  tee: text("compute offer, or offer and slot: <offer>[,<slot>]; by default the cheapest machine that fits and verifies", { placeholder: "offer" }),
  teeSlotCount: number("how many slots of it; by default the least that fits"),
  teeOptions: list("ids of options to buy"),
  teeOptionsCount: list("how often each of them"),
  solution: repeated("resource file, or <offer>[,<slot>]; may be repeated"),
  data: repeated("resource file, or <offer>[,<slot>]; may be repeated"),
  storage: text("storage offer for the result: <offer>[,<slot>]", { placeholder: "offer" }),
  solutionConfiguration: text("JSON file that the solution finds as /sp/configurations/configuration.json", { placeholder: "path" }),
  command: list("arguments for the solution's entry point"),
  environment: repeated("NAME=value for the solution; may be repeated"),
  deposit: text("tokens to pay in, e.g. 12.5; by default the most it can cost, the rest comes back", { placeholder: "tokens" }),
  token: text("token to pay with, by symbol or address; by default the configuration's", { placeholder: "symbol" }),
  minRentMinutes: number("lease; by default the largest minimum of the parts, else 60"),
  retentionMinutes: number("how long a storage offer keeps the result; by default the lease"),
  accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
};
