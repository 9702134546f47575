// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, text } from "../command";

export const offersVersionAdd = defineCommand({
  noun: "offers",
  verb: "version add",
  summary: "Offer another version of the content",
  role: "data owner",
  listed: false,
  example: "offers version add --offer 5 --result ./dataset.resource.json",
  notes: "It is sold from now on where an order names no version; earlier ones stay until they are deleted. Machines refuse a content with another hash.",
  options: {
    offer: text("offer id", { required: true, placeholder: "id" }),
    result: text("resource file of the content", { required: true, placeholder: "path" }),
    path: text("JSON file with what to say about the version", { placeholder: "path" }),
  },
  async run(context, { offer: given, result, path }) {
    const { addVersion } = await import("../../chain/offers");
    const { parseId } = await import("../connect");
    const { loadResource, readJsonObject } = await import("../files/resourceFile");
    const { offerOf } = await import("./view");
    const offer = parseId(given, "an offer");
    const { hash } = await loadResource(context.path(result));
    const info = path === undefined ? {} : await readJsonObject(context.path(path));
    const market = await context.market("account");
    await offerOf(market, "value", offer);
    const { version, transaction, gasUsed } = await addVersion(market, offer, hash.hash, info);
    return { offer, version, hash: hash.hash, transaction, gasUsed };
  },
  print: ({ version }, out) => out.line(`Version ${version} added successfully`),
});

export const offersVersionDelete = defineCommand({
  noun: "offers",
  verb: "version delete",
  summary: "End the sale of a version",
  role: "data owner",
  listed: false,
  example: "offers version delete --offer 5 --ver 1",
  notes: "Orders that run it go on. Where it was the latest, the newest one left is sold.",
  options: {
    offer: text("offer id", { required: true, placeholder: "id" }),
    ver: number("version", { required: true }),
  },
  async run(context, { offer: given, ver }) {
    const { deleteVersion } = await import("../../chain/offers");
    const { parseId } = await import("../connect");
    const offer = parseId(given, "an offer");
    const { transaction, gasUsed } = await deleteVersion(await context.market("account"), offer, ver);
    return { offer, version: ver, transaction, gasUsed };
  },
  print: ({ version }, out) => out.line(`Version ${version} was deleted`),
});
