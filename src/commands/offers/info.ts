// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, positional, text } from "../command";

export const offersGetInfo = defineCommand({
  noun: "offers",
  verb: "get-info",
  summary: "Show an offer in the shape of its info file",
  role: "data owner",
  listed: false,
  example: "offers get-info value 5 --save-to ./offerInfo.json",
  notes: "What is saved is taken by `offers create` and `offers update`.",
  positionals: { kind: positional("tee or value", { choices: ["tee", "value"] }), id: positional("offer id") },
  options: { saveTo: text("file to write it to", { placeholder: "path" }) },
  async run(context, { kind, id, saveTo }) {
    const { parseId } = await import("../connect");
    const { teeInfoOf, valueInfoOf } = await import("./infoFiles");
    const { saveFile } = await import("./saving");
    const { offerOf } = await import("./view");
    const offerId = parseId(id, "an offer");
    const market = await context.market();
    const offer = await offerOf(market, kind as "tee" | "value", offerId);
    return saveFile(context, saveTo, "offer's info", await (kind === "tee" ? teeInfoOf : valueInfoOf)(market, offer));
  },
  print: (info, out) => out.fields(info),
});

export const offersGetConfiguration = defineCommand({
  noun: "offers",
  verb: "get-configuration",
  summary: "Show what an offer says its solution can be configured with",
  role: "customer",
  listed: false,
  example: "offers get-configuration 5 --save-to ./configuration.schema.json",
  notes: "What its owner gave with --configuration. Give your values with `workflows create --solution-configuration`.",
  positionals: { id: positional("offer id") },
  options: { saveTo: text("file to write it to", { placeholder: "path" }) },
  async run(context, { id, saveTo }) {
    const { getOffer } = await import("../../chain/offers");
    const { CloisterError } = await import("../../core/errors");
    const { parseId } = await import("../connect");
    const { saveFile } = await import("./saving");
    const offer = parseId(id, "an offer");
    const { configuration } = (await getOffer(await context.market(), offer)).info;
    if (typeof configuration !== "object" || configuration === null) {
      throw new CloisterError("ConfigurationMissing", `Offer ${offer} says nothing about a configuration.`, "Ask its owner; a solution may take one all the same.", { offer });
    }
    return saveFile(context, saveTo, "configuration", configuration as Record<string, unknown>);
  },
  print: (configuration, out) => out.fields(configuration),
});

export const offersDownloadContent = defineCommand({
  noun: "offers",
  verb: "download-content",
  summary: "Fetch the content of an offer whose owner made it public",
  role: "customer",
  listed: false,
  example: "offers download-content 5 --save-to .",
  notes: "Its hash has to be that of the offer's latest version. What is not public only machines get, by their owner's approval.",
  positionals: { id: positional("offer id") },
  options: {
    saveTo: text("directory to put it into", { default: ".", placeholder: "path" }),
    overwrite: flag("replace what has the content's name there"),
  },
  async run(context, { id, saveTo, overwrite }) {
    const { getOffer, versionHash } = await import("../../chain/offers");
    const { CloisterError } = await import("../../core/errors");
    const { parseResource } = await import("../../core/resource");
    const { download } = await import("../../store/download");
    const { parseId } = await import("../connect");
    const offer = parseId(id, "an offer");
    const market = await context.market();
    const { info, latestVersion } = await getOffer(market, offer);
    const { resultResource } = info;
    if (typeof resultResource !== "string" || resultResource === "") throw new CloisterError("ContentNotPublic", `The content of offer ${offer} is not public.`, "Order it: `workflows create`.", { offer });
    const resource = parseResource(resultResource, `resultResource of offer ${offer}`);
    const promised = await versionHash(market, offer, latestVersion);
    if (resource.hash.hash !== promised) throw new CloisterError("ContentNotThePromised", `The public content of offer ${offer} has the hash ${resource.hash.hash}, its version ${latestVersion} promises ${promised}.`, "Tell its owner; do not use it.", { offer, given: resource.hash.hash, expected: promised });
    const progress = context.progress("Downloading and decrypting");
    const path = await download({ resource, directory: context.path(saveTo), overwrite, signal: context.signal, onProgress: (done, total) => progress.update(done, total) }).finally(() => progress.end());
    return { offer, version: latestVersion, path, kind: resource.kind, size: resource.size, hash: promised };
  },
  print: ({ path }, out) => out.line(`File was downloaded successfully\nIt is in ${path}`),
});
