// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, positional, text, wrongUsage } from "../command";

export const caRevoke = defineCommand({
  noun: "ca",
  verb: "revoke",
  summary: "Take back a device's certificates; or on chain a sub CA or a root",
  role: "operator",
  example: "ca revoke 0x5f0c… --reason \"stolen machine\" --on-chain",
  notes: "A revoked device gets no certificate any more and stands in the revocation list (GET /crl). With --on-chain, as an administrator of the market, its key is also declared unusable for good: at once it can neither report nor finish. A sub CA or a root is revoked on chain only; nothing under it counts any more, and nothing else changes.",
  positionals: { key: positional("id of the key: 0x and 64 hex digits") },
  options: {
    what: text("whose key it is", { choices: ["device", "sub-ca", "root"], default: "device" }),
    reason: text("why, for the log", { default: "no reason given" }),
    directory: text("the sub CA's directory", { default: "ca", placeholder: "path" }),
    onChain: flag("also on chain, as an administrator of the market"),
  },
  async run(context, { key, what, reason, directory, onChain }) {
    if (!/^0x[0-9a-f]{64}$/i.test(key)) throw wrongUsage(`${key} is not the id of a key: 0x and 64 hex digits.`);
    const id = key.toLowerCase();
    if (what !== "device" && !onChain) throw wrongUsage(`A ${what} is revoked with --on-chain.`);
    const path = context.path(directory);
    let listed = false;
    if (what === "device") {
      const { readAuthority, logOf } = await import("./state");
      const { revokedDevices } = await import("../../tee/certificationRevocations");
      await readAuthority(path);
      const log = logOf(path);
      listed = !revokedDevices((await log.read()).entries).has(id);
      if (listed) await log.append({ what: "revoked", device: id, reason }, context.now());
    }
    if (!onChain) return { key: id, what, listed, transaction: undefined };
    const { banDevice, removeRoot, revokeAuthority } = await import("../../chain/revoking");
    const market = await context.market("account");
    const { transaction } = await { device: banDevice, "sub-ca": revokeAuthority, root: removeRoot }[what as "device" | "sub-ca" | "root"](market, id);
    return { key: id, what, listed, transaction };
  },
  print({ key, what, listed, transaction }, out) {
    if (what === "device") out.line(listed ? `Device ${key} was revoked: it gets no certificate any more` : `Device ${key} had been revoked before`);
    if (transaction !== undefined) out.line(`On chain, nothing of ${what} ${key} counts any more (transaction ${transaction})`);
  },
});
