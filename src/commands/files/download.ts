// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, positional } from "../command";

export const filesDownload = defineCommand({
  noun: "files",
  verb: "download",
  summary: "Fetch, verify and decrypt a content",
  role: "data owner",
  example: "files download solution.resource.json .",
  positionals: {
    resource: positional("resource file that `files upload` wrote"),
    directory: positional("directory to put the content into", { optional: true }),
  },
  options: {
    overwrite: flag("replace what has the content's name there"),
    useAddon: flag("accepted as in older guides; files and directories both work without it"),
  },
  async run(context, { resource: path, directory, overwrite }) {
    const { loadResource } = await import("./resourceFile");
    const { download } = await import("../../store/download");
    const resource = await loadResource(context.path(path));
    const progress = context.progress("Downloading and decrypting");
    const target = await download({
      resource,
      directory: context.path(directory ?? "."),
      overwrite,
      signal: context.signal,
      onProgress: (done, total) => progress.update(done, total),
    }).finally(() => progress.end());
    return { path: target, kind: resource.kind, size: resource.size, hash: resource.hash.hash };
  },
  print({ path }, out) {
    out.line("File was downloaded successfully");
    out.line(`It is in ${path}`);
  },
});
