// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, number, positional, text } from "../command";

export const storageGrant = defineCommand({
  noun: "storage",
  verb: "grant",
  summary: "Grant access to the storage that a suborder pays for",
  role: "data owner",
  listed: false,
  example: "storage grant 9 --url https://store.example:8549 --directory /srv/cloister-store",
  notes: `By the action account of the store's provider, before its receipt. The access is sealed to the customer, and of a workflow also to the devices of its machine,
which are verified before. \`store run --grants\` does it by itself. It is for this storage alone where --directory names the store server's directory, which has the key of tokens;
else a token made elsewhere is passed on (--token-file), or one narrowed from the configuration's own.`,
  positionals: { id: positional("suborder id") },
  options: {
    url: text("the store server's URL; by default the configuration's", { placeholder: "url" }),
    directory: text("the store server's directory, to make a token of its own", { placeholder: "path" }),
    tokenFile: text("file with a token that `store grant` made", { placeholder: "path" }),
    hours: number("how long the token is valid", { default: 720 }),
    spaceMib: number("MiB that may be written, with --directory"),
    accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
  },
  async run(context, { id, accept, ...given }) {
    const { getStoragePart, grantStorage } = await import("../../chain/storing");
    const { parseId, openTrust } = await import("../connect");
    const { verifyMachine } = await import("../machine");
    const { accessFor, sealGrant } = await import("./granted");
    const suborder = parseId(id, "a suborder");
    const market = await context.market("account");
    const part = await getStoragePart(market, suborder);
    const access = await accessFor(context, part, given);
    const machine = part.alone ? [] : (await verifyMachine(market, await openTrust(context), part.order.offer, { at: context.now(), accept, say: (line) => context.message(line) })).recipients;
    const { sealed, recipients } = await sealGrant(market, part, access, machine);
    const { transaction, gasUsed } = await grantStorage(market, suborder, sealed);
    return { suborder, order: part.order.id, url: access.store.url, sealedTo: part.alone ? "customer" : "machine and customer", recipients, transaction, gasUsed };
  },
  print: ({ suborder, url, sealedTo }, out) => out.line(`Storage of suborder ${suborder} was granted at ${url}, sealed to the ${sealedTo}`),
});
