// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, list, number, repeated, wrongUsage } from "../command";

export const provisionerRun = defineCommand({
  noun: "provisioner",
  verb: "run",
  summary: "Approve, as your robot, what your policy on chain allows",
  role: "data owner",
  example: "provisioner run --result ./dataset.resource.json",
  notes: "Runs beside your keys until Ctrl-C (or once). It completes suborders of your Policy offers whose solution you have allowed with `provisioner allow`, and reports the others with the reason; an unknown solution is never approved. Give it the action account only: the policy is changed by the authority account.",
  options: {
    result: repeated("resource file of a content that you offer", { placeholder: "path" }),
    acceptArguments: flag("release keys although customers pass arguments that you cannot see"),
    validMinutes: number("how long a key release may be used", { default: 1440 }),
    accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
    interval: number("milliseconds between two looks at the chain", { default: 2000 }),
    once: flag("look once and end"),
  },
  async run(context, { result, acceptArguments, validMinutes, accept, interval, once }) {
    const { getProvider, sellingProvider } = await import("../../chain/providers");
    const { openTrust } = await import("../connect");
    const { loadResource } = await import("../files/resourceFile");
    const { verifyMachine } = await import("../machine");
    const { runRobot } = await import("./robot");
    if (result.length === 0) throw wrongUsage("--result is missing: the resource files of your contents.");
    const files = await Promise.all(result.map((path) => loadResource(context.path(path))));
    const market = await context.market("account");
    const provider = await sellingProvider(market);
    if ((await getProvider(market, provider)).authority === market.account) {
      context.message("Warning: this account may also change the policy. Give the robot an action account of its own: `providers update`.");
    }
    await openTrust(context);
    context.message(`provisioner ready: provider ${provider}, ${files.length} contents`);
    const decisions = await runRobot(
      {
        market,
        provider,
        resources: new Map(files.map((resource) => [resource.hash.hash, resource])),
        acceptArguments,
        validSeconds: validMinutes * 60,
        recipients: async (offer) => (await verifyMachine(market, await openTrust(context), offer, { at: context.now(), accept })).recipients,
        now: () => context.now(),
        signal: context.signal,
        say: (line) => context.message(line),
      },
      { once, interval },
    );
    return { provider, approved: decisions.filter(({ approved }) => approved), refused: decisions.filter(({ approved }) => !approved) };
  },
  print({ approved, refused }, out) {
    for (const { suborder, order } of approved) out.line(`Suborder ${suborder} of order ${order} was approved`);
    for (const { suborder, order, code, reason } of refused) out.line(`Suborder ${suborder} of order ${order} waits for you: ${reason} (${code})`);
    if (approved.length + refused.length === 0) out.line("Nothing waited for the robot");
  },
});
