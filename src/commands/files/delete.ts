// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../../core/errors";
import { defineCommand, flag, positional } from "../command";

export const filesDelete = defineCommand({
  noun: "files",
  verb: "delete",
  summary: "Remove a content from its store",
  role: "data owner",
  example: "files delete dataset.resource.json",
  positionals: { resource: positional("resource file that `files upload` wrote") },
  options: { useAddon: flag("accepted as in older guides; files and directories both work without it") },
  async run(context, { resource: path }) {
    const { loadResource } = await import("./resourceFile");
    const { storeOf } = await import("../../store/openStore");
    const { store, sha256 } = storeOf((await loadResource(context.path(path))).resource);
    if (!(await store.delete(sha256))) {
      throw new CloisterError("ObjectMissing", `The store ${store.name} has no object ${sha256}.`, "It was deleted already.", { sha256, store: store.name });
    }
    return { deleted: sha256, store: store.name };
  },
  print: (_deleted, out) => out.line("File was deleted"),
});
