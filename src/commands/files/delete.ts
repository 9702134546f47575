// SPDX-License-Identifier: Apache-2.0
import { CloisterError, isCloisterError } from "../../core/errors";
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
    const { ownStoreOf } = await import("../../store/openStore");
    const { resource } = await loadResource(context.path(path));
    // A resource file may only read; the right to delete is the configuration's, where the content is in its store.
    const own = await context.config().then(({ storage }) => storage, unlessMissing);
    const { store, sha256 } = ownStoreOf(resource, own);
    if (!(await store.delete(sha256))) {
      throw new CloisterError("ObjectMissing", `The store ${store.name} has no object ${sha256}.`, "It was deleted already.", { sha256, store: store.name });
    }
    return { deleted: sha256, store: store.name };
  },
  print: (_deleted, out) => out.line("File was deleted"),
});

function unlessMissing(error: unknown): undefined {
  if (!isCloisterError(error, "ConfigMissing")) throw error;
}
