// SPDX-License-Identifier: Apache-2.0
import { defineCommand, number, positional, text } from "../command";

export const storageReceive = defineCommand({
  noun: "storage",
  verb: "receive",
  summary: "Give the receipt for a storage suborder, whose retention begins",
  role: "data owner",
  listed: false,
  example: "storage receive 9 --hash 8598805cd2136a4beff17559a7228854f6a8cc0b027856ea5c196fb8d0602501 --size 12901",
  notes: "By the action account of the store's provider, once the content is there. From here on the part earns, to the end of its retention.",
  positionals: { id: positional("suborder id") },
  options: {
    hash: text("sha-256 of the ciphertext kept, 64 hex digits", { required: true, placeholder: "hash" }),
    size: number("its bytes", { required: true }),
  },
  async run(context, { id, hash, size }) {
    const { receiveStorage } = await import("../../chain/keeping");
    const { CloisterError } = await import("../../core/errors");
    const { parseId } = await import("../connect");
    const suborder = parseId(id, "a suborder");
    if (!/^[0-9a-f]{64}$/i.test(hash)) throw new CloisterError("HashMalformed", `${hash} is no sha-256.`, "Give the 64 hex digits of the object's address.", { hash });
    const market = await context.market("account");
    const { transaction, gasUsed } = await receiveStorage(market, suborder, hash.toLowerCase(), size);
    return { suborder, hash, size, transaction, gasUsed };
  },
  print: ({ suborder }, out) => out.line(`Storage of suborder ${suborder} was received; its retention runs`),
});
