// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, list, number, positionals, text, wrongUsage } from "../command";
import type { Completion } from "./completion";

export const ordersComplete = defineCommand({
  noun: "orders",
  verb: "complete",
  summary: "Approve (or deny) suborders of your offers",
  role: "data owner",
  example: "orders complete 8 --result ./dataset.resource.json --status done --solution-hash <hash>",
  notes: "The solution hash is the one of the solution that you verified: the `hash` of its resource file. If the customer's order runs another solution, nothing is completed and the order stays Blocked.",
  positionals: { ids: positionals("suborder ids") },
  options: {
    status: text("done or error", { choices: ["done", "error"] }),
    approval: text("approval that the offer's owner signed, instead of all else: anybody may carry it", { placeholder: "path" }),
    result: text("resource file of your content", { placeholder: "path" }),
    solutionHash: text("sha256 of the solution that you verified", { placeholder: "hash" }),
    acceptArguments: flag("release the key although the customer passes arguments that you cannot see"),
    validMinutes: number("how long the key release may be used, from now on", { default: 1440 }),
    accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
  },
  async run(context, { ids, status, approval, result, solutionHash, acceptArguments, validMinutes, accept }) {
    if (approval !== undefined) {
      if (status !== undefined || result !== undefined || solutionHash !== undefined) throw wrongUsage("--approval says all by itself: leave out --status, --result and --solution-hash.");
      const { carryApproval } = await import("../approvals/carry");
      return carryApproval(context, approval, ids);
    }
    if (status === undefined) throw wrongUsage("--status is required.");
    const { openTrust, parseHash, parseId } = await import("../connect");
    const { completeSuborder } = await import("../../chain/orders");
    const { NO_ARGUMENTS } = await import("../../core/inputs");
    const { OrderStatus } = await import("../../core/orderStatus");
    const { seal } = await import("../../crypto/seal");
    const { loadResource } = await import("../files/resourceFile");
    const { verifyMachine } = await import("../machine");
    const { completion } = await import("./completion");
    const { makeRelease, readRequest } = await import("./release");
    if (status === "done" && result === undefined) throw wrongUsage("--result is missing: the resource file of your content.");
    if (status === "done" && solutionHash === undefined) throw wrongUsage("--solution-hash is missing: the hash of the solution that you verified.");
    const verified = solutionHash === undefined ? NO_ARGUMENTS : parseHash(solutionHash, "--solution-hash");

    const market = await context.market("account");
    const completeOne = async (id: bigint) => {
      const request = await readRequest(market, id);
      if (status === "error") return completeSuborder(market, id, OrderStatus.Error, NO_ARGUMENTS, new Uint8Array());
      const resource = await loadResource(context.path(result!));
      const notAfter = Math.floor(context.now().getTime() / 1000) + validMinutes * 60;
      const release = await makeRelease(market, request, resource, verified, { acceptArguments, notAfter });
      const { recipients } = await verifyMachine(market, await openTrust(context), request.order.offer, { at: context.now(), accept, say: (line) => context.message(line) });
      context.message(`Releasing the key of ${release.dataHash} for order ${release.order} only: solution ${release.solutionHash}, inputs ${release.inputsHash}, ${release.argumentsHash === NO_ARGUMENTS ? "no arguments" : `arguments ${release.argumentsHash}`}, result to ${release.resultRecipient}, until ${new Date(notAfter * 1000).toISOString()}`);
      return completeSuborder(market, id, OrderStatus.Done, verified, await seal(release, recipients));
    };
    const outcomes: Completion[] = [];
    for (const given of ids) {
      const id = parseId(given, "a suborder");
      outcomes.push(await completion(id, status === "done" ? "Done" : "Error", () => completeOne(id)));
    }
    return outcomes;
  },
  print(outcomes, out) {
    for (const outcome of outcomes) {
      if (outcome.completed) out.line(`Order ${outcome.id} has been completed successfully: status=${outcome.status}`);
      else out.line(`Order ${outcome.id} was not completed: ${outcome.reason} (${outcome.code})${outcome.fix === undefined ? "" : `\n  ${outcome.fix}`}`);
    }
  },
  done: (outcomes) => outcomes.every(({ completed }) => completed),
});
