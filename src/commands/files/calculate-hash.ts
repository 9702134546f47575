// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional } from "../command";

export const filesCalculateHash = defineCommand({
  noun: "files",
  verb: "calculate-hash",
  summary: "Print the sha256 of a file or directory",
  role: "data owner",
  example: "files calculate-hash ./dataset",
  notes: "It is the hash that the resource file and the order's report name; a directory's is that of its reproducible archive.",
  positionals: { path: positional("file or directory") },
  async run(context, { path }) {
    const { hashContent } = await import("../../store/content");
    return hashContent(context.path(path), context.signal);
  },
  print: ({ hash }, out) => out.line(hash),
});
