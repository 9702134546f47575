// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../../core/errors";
import { defineCommand, number, positional, text } from "../command";

export const filesShare = defineCommand({
  noun: "files",
  verb: "share",
  summary: "Renew the access that a resource file carries",
  role: "data owner",
  listed: false,
  example: "files share dataset.resource.json --hours 48 --output dataset.for-order-7.json",
  notes: `A resource file opens its content for a time: 90 days at most on a store server, a week in an S3 bucket. This writes one with fresh
access, from the configuration's own store. Whoever gets it gets the content, as with any resource file.`,
  positionals: { resource: positional("resource file that `files upload` wrote") },
  options: {
    hours: number("how long it opens the content, as far as the store permits", { default: 168 }),
    output: text("where to write the new resource file", { required: true, placeholder: "path" }),
  },
  async run(context, { resource: given, hours, output }) {
    const { checkWritable, loadResource, writeResource } = await import("./resourceFile");
    const { section } = await import("../../core/config");
    const { openStore, storeOf } = await import("../../store/openStore");
    const resource = await loadResource(context.path(given));
    await checkWritable(context.path(output));
    const own = openStore(section(await context.config(), "storage"));
    const { store, sha256 } = storeOf(resource.resource);
    if (own.name !== store.name || own.share === undefined) {
      const reason = own.share === undefined ? "access to a directory does not end" : `it is in ${store.name}, the configuration's store is ${own.name}`;
      throw new CloisterError("ShareElsewhere", `${given} cannot be renewed here: ${reason}.`, "Use the configuration of the store that holds it.", { store: store.name, own: own.name });
    }
    if ((await own.has(sha256)) === undefined) {
      throw new CloisterError("ObjectMissing", `The store ${own.name} has no object ${sha256}.`, "It was deleted, or its time is over: upload it again.", { sha256, store: own.name });
    }
    const notAfter = Math.floor(context.now().getTime() / 1000) + hours * 3600;
    const earlier = await writeResource(context.path(output), { ...resource, resource: await own.share(sha256, notAfter) });
    if (earlier !== undefined) context.message(`The resource file that was there is now ${earlier}: it may hold the only key of its content`);
    return { output: context.path(output), hash: resource.hash.hash, notAfter };
  },
  print: ({ output, notAfter }, out) => out.line(`Resource file was created in ${output}; it opens the content until ${new Date(notAfter * 1000).toISOString()} at most`),
});
