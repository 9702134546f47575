// SPDX-License-Identifier: Apache-2.0
import { defineCommand, list, number, text, wrongUsage } from "../command";

/** Named again here, because this file is loaded for `--help` and tokens are not. */
const RIGHTS = ["read", "write", "delete"];

export const storeGrant = defineCommand({
  noun: "store",
  verb: "grant",
  summary: "Make an access token of a store server, for one prefix",
  role: "operator",
  example: "store grant --directory /srv/cloister-store --prefix alice --hours 48 --space-mib 2048 --output alice.token",
  notes: `A prefix is a room of its own in the store, e.g. an order's or a customer's. The token is the access: hand it over as you would a password.
It cannot be called back; it ends with its hours, or, together with all others, when token.key is removed from the directory.`,
  options: {
    directory: text("the store server's directory", { default: "store", placeholder: "path" }),
    prefix: text("whose objects: lower-case letters, digits and -", { required: true, placeholder: "name" }),
    rights: list("what it permits: read, write, delete (default read,write)"),
    objects: list("only these objects, by sha256; all of the prefix when absent"),
    hours: number("how long it is valid", { default: 720 }),
    largestMib: number("MiB of the largest object it may write"),
    spaceMib: number("MiB that the prefix may hold"),
    count: number("objects that the prefix may hold"),
    keepHours: number("what it writes is kept so many hours from now at most"),
    output: text("file to write the token into (mode 600), instead of printing it", { placeholder: "path" }),
  },
  async run(context, { prefix, hours, keepHours, count, output, ...given }) {
    const { mintToken, PREFIX, RIGHTS: known } = await import("../../store/token");
    const { isServerDirectory, serverKey } = await import("../../store/server/key");
    const { mebibytes } = await import("./given");
    const { CloisterError } = await import("../../core/errors");
    if (!PREFIX.test(prefix)) throw wrongUsage(`--prefix must be lower-case letters, digits and -, not "${prefix}".`);
    const wanted = given.rights.length === 0 ? ["read", "write"] : given.rights;
    const rights = known.filter((right) => wanted.includes(right));
    const unknown = wanted.find((right) => !RIGHTS.includes(right));
    if (unknown !== undefined) throw wrongUsage(`--rights must be of ${RIGHTS.join(", ")}, not "${unknown}".`);
    const directory = context.path(given.directory);
    if (!(await isServerDirectory(directory))) {
      throw new CloisterError("StoreKeyMissing", `${directory} is not the directory of a store server: it has no token.key.`, "Start the server once (`store run`), or name its directory.", { directory });
    }
    const now = Math.floor(context.now().getTime() / 1000);
    const grant = {
      prefix,
      rights,
      ...(given.objects.length > 0 && { objects: given.objects }),
      notAfter: now + hours * 3600,
      ...(given.largestMib !== undefined && { largest: mebibytes(given.largestMib) }),
      ...(given.spaceMib !== undefined && { space: mebibytes(given.spaceMib) }),
      ...(count !== undefined && { count }),
      ...(keepHours !== undefined && { keepUntil: now + keepHours * 3600 }),
    };
    const token = mintToken(await serverKey(directory), grant);
    const described = { prefix, rights, validUntil: new Date(grant.notAfter * 1000).toISOString() };
    if (output === undefined) return { ...described, token };
    const { writeSecretFile } = await import("../secretFile");
    await writeSecretFile(context.path(output), `${token}\n`);
    return { ...described, output: context.path(output) };
  },
  print(data, out) {
    if ("token" in data) out.line(data.token);
    else out.line(`Token for ${data.prefix} (${data.rights.join(", ")}, until ${data.validUntil}) was written to ${data.output}`);
  },
});
