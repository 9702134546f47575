// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const storeSweep = defineCommand({
  noun: "store",
  verb: "sweep",
  summary: "Remove the objects of a store whose end date has passed",
  role: "operator",
  listed: false,
  example: "store sweep --directory /srv/cloister-store",
  notes: "A running store server sweeps by itself. Reads of an expired object are refused whether it was swept or not.",
  options: {
    directory: text("a directory store, or a store server's directory (default: the configuration's storage)", { placeholder: "path" }),
  },
  async run(context, { directory }) {
    const { sweepAll } = await import("../../store/sweep");
    const { section } = await import("../../core/config");
    const settings = directory === undefined ? section(await context.config(), "storage") : ({ type: "DIRECTORY", path: context.path(directory) } as const);
    return sweepAll(settings, () => Math.floor(context.now().getTime() / 1000));
  },
  print: ({ objects, bytes }, out) => out.line(`Removed ${objects} expired objects, ${bytes} bytes`),
});
