// SPDX-License-Identifier: Apache-2.0
import type { StoragePart } from "../../chain/storing";
import { section } from "../../core/config";
import { CloisterError } from "../../core/errors";
import type { StorageGrant } from "../../core/storageGrant";
import { isServerDirectory, serverKey } from "../../store/server/key";
import { mintToken, narrowToken, readToken, type Right } from "../../store/token";
import type { Context } from "../context";
import { readTextFile } from "../files/textFile";
import { mebibytes } from "../store/given";
import { wrongUsage } from "../command";

/** Where the access comes from, as the command line says it. */
export interface AccessRequest {
  readonly url?: string;
  readonly directory?: string;
  readonly tokenFile?: string;
  readonly hours: number;
  readonly spaceMib?: number;
}

/** A machine stores and reads; whoever bought the storage by itself may also remove. */
const RIGHTS: Readonly<Record<"machine" | "customer", readonly Right[]>> = { machine: ["read", "write"], customer: ["read", "write", "delete"] };

/**
 * The access that a grant carries: a token made for this suborder's prefix, one made elsewhere, or one narrowed from the configuration's.
 *
 * @throws CloisterError `StoreKeyMissing`, `TokenInvalid`, `ConfigIncomplete`, `WrongUsage`.
 */
export async function accessFor(context: Context, { suborder, customerRecipient }: StoragePart, { url, directory, tokenFile, hours, spaceMib }: AccessRequest): Promise<StorageGrant["store"]> {
  if (directory !== undefined && tokenFile !== undefined) throw wrongUsage("--directory and --token-file exclude each other.");
  if (spaceMib !== undefined && directory === undefined) throw wrongUsage("--space-mib needs --directory: a token that is there has its own limits.");
  const now = Math.floor(context.now().getTime() / 1000);
  const notAfter = now + hours * 3600;
  const rights = [...RIGHTS[customerRecipient === undefined ? "machine" : "customer"]];
  if (directory !== undefined) {
    const path = context.path(directory);
    if (url === undefined) throw wrongUsage("--url is missing: where the store server of --directory is reached.");
    if (!(await isServerDirectory(path))) throw new CloisterError("StoreKeyMissing", `${path} is not the directory of a store server: it has no token.key.`, "Start the server once (`store run`), or name its directory.", { directory: path });
    // Nothing is kept longer than what was paid for, from the last moment in which it may be written.
    const keepUntil = notAfter + suborder.minMinutes * 60;
    const token = mintToken(await serverKey(path), { prefix: `order-${suborder.id}`, rights, notAfter, keepUntil, ...(spaceMib !== undefined && { space: mebibytes(spaceMib) }) });
    return { type: "HTTP", url, token };
  }
  if (tokenFile !== undefined) {
    if (url === undefined) throw wrongUsage("--url is missing: where the store server of --token-file is reached.");
    const token = (await readTextFile(context.path(tokenFile))).trim();
    readToken(token);
    return { type: "HTTP", url, token };
  }
  const storage = section(await context.config(), "storage");
  if (storage.type !== "HTTP") throw new CloisterError("StoreNotShared", `The configuration's storage is of type ${storage.type}, which a grant cannot give access to.`, "Run a store server (`store run`), and give --url with --directory or --token-file.", { type: storage.type });
  const own = readToken(storage.token);
  return { type: "HTTP", url: url ?? storage.url, token: narrowToken(storage.token, { rights: rights.filter((right) => own.rights.includes(right)), notAfter: Math.min(own.notAfter, notAfter) }) };
}
