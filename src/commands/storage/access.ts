// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text } from "../command";

export const storageAccess = defineCommand({
  noun: "storage",
  verb: "access",
  summary: "Open the access that a store granted you",
  role: "customer",
  listed: false,
  example: "storage access 13 --output ./storage.json",
  notes: "Of storage bought by itself (`orders create`). The file is the `storage` section of a configuration: what is uploaded with it is stored there. It holds a token; treat it as a password.",
  positionals: { id: positional("suborder id") },
  options: { output: text("new file to write it into (mode 600), instead of printing it", { placeholder: "path" }) },
  async run(context, { id, output }) {
    const { getStoragePart, grantsOf } = await import("../../chain/storing");
    const { CloisterError } = await import("../../core/errors");
    const { fromHex } = await import("../../core/hex");
    const { assertStorageGrant, readStorageGrant } = await import("../../core/storageGrant");
    const { openJson } = await import("../../crypto/seal");
    const { parseId } = await import("../connect");
    const suborder = parseId(id, "a suborder");
    const identity = await context.resultIdentity();
    const market = await context.market();
    const part = await getStoragePart(market, suborder);
    const sealed = (await grantsOf(market, part)).at(-1);
    if (sealed === undefined) throw new CloisterError("StorageNotGranted", `The store has not granted suborder ${suborder} yet.`, "Wait for it; when its time for the receipt has passed, `storage expire` brings the money back.", { suborder });
    const grant = readStorageGrant(await openJson(fromHex(sealed), identity));
    const { chainId, contracts } = market.address;
    assertStorageGrant(grant, { chainId, orderBook: contracts.orderBook, order: String(part.order.id), suborder: String(suborder) });
    if (output === undefined) return { suborder, storage: grant.store };
    const { writeSecretFile } = await import("../secretFile");
    const { toJson } = await import("../printer");
    await writeSecretFile(context.path(output), `${toJson(grant.store, 2)}\n`);
    return { suborder, output: context.path(output) };
  },
  print(data, out) {
    if ("storage" in data) out.line(JSON.stringify(data.storage));
    else out.line(`The access to the storage of suborder ${data.suborder} was written to ${data.output}`);
  },
});
