// SPDX-License-Identifier: Apache-2.0
import { defineCommand, positional, text } from "../command";

export const storageAccess = defineCommand({
  noun: "storage",
  verb: "access",
  summary: "Open the access that a store granted you",
  role: "customer",
  listed: false,
  example: "storage access 13 --output ./storage.json",
  notes: "Of storage bought by itself (`orders create`). The file is the `storage` section of a configuration: what is uploaded with it is stored there; of storage bought with a workflow it reads. It holds a token; treat it as a password.",
  positionals: { id: positional("suborder id") },
  options: { output: text("new file to write it into (mode 600), instead of printing it", { placeholder: "path" }) },
  async run(context, { id, output }) {
    const { getStoragePart } = await import("../../chain/storing");
    const { parseId } = await import("../connect");
    const { customerStore, openGrants } = await import("./opened");
    const suborder = parseId(id, "a suborder");
    const identity = await context.resultIdentity();
    const market = await context.market();
    const [grant] = await openGrants(market, await getStoragePart(market, suborder), identity);
    const storage = customerStore(grant!);
    if (output === undefined) return { suborder, storage };
    const { writeSecretFile } = await import("../secretFile");
    const { toJson } = await import("../printer");
    await writeSecretFile(context.path(output), `${toJson(storage, 2)}\n`);
    return { suborder, output: context.path(output) };
  },
  print(data, out) {
    if ("storage" in data) out.line(JSON.stringify(data.storage));
    else out.line(`The access to the storage of suborder ${data.suborder} was written to ${data.output}`);
  },
});
