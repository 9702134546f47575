// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, text } from "../command";

export const caLog = defineCommand({
  noun: "ca",
  verb: "log",
  summary: "Show what an authority issued, refused and revoked, and check its log",
  role: "operator",
  listed: false,
  example: "ca log --directory ./ca --limit 20",
  notes: "Each line of the log holds the hash of the line before. The head stands for all of it: keep it elsewhere, and a log that was cut or rewritten shows.",
  options: {
    directory: text("the sub CA's directory", { default: "ca", placeholder: "path" }),
    limit: number("how many of the latest entries are shown", { default: 100 }),
  },
  async run(context, { directory, limit }) {
    const { readAuthority, logOf } = await import("./state");
    await readAuthority(context.path(directory));
    const { entries, head } = await logOf(context.path(directory)).read();
    return { total: entries.length, head, entries: limit === 0 ? [] : entries.slice(-limit) };
  },
  print({ total, head, entries }, out) {
    for (const { number: index, at, what, device, until, reason } of entries) {
      out.line(`${index} ${at} ${what}${device === undefined ? "" : ` device ${device}`}${until === undefined ? "" : ` until ${until}`}${reason === undefined ? "" : `: ${reason}`}`);
    }
    out.line(`The log is intact: ${total} entries, head ${head}`);
  },
});
