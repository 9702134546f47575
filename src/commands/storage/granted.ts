// SPDX-License-Identifier: Apache-2.0
import { type StoragePart, grantSubject } from "../../chain/storing";
import type { Market } from "../../chain/market";
import { section } from "../../core/config";
import { CloisterError } from "../../core/errors";
import { storageGrant, type StorageGrant } from "../../core/storageGrant";
import { recipientFromBytes } from "../../crypto/ageKeys";
import { seal } from "../../crypto/seal";
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

/** The access that a grant carries. */
export type Access = Pick<StorageGrant, "store" | "reader" | "notAfter">;

/** What may be done with a token that is not made for the storage alone: whoever bought it by itself may also remove. */
const RIGHTS: Readonly<Record<"machine" | "customer", readonly Right[]>> = { machine: ["read", "write"], customer: ["read", "write", "delete"] };

/** How the key of a store server makes tokens for a storage suborder. */
export interface Minting {
  readonly key: Uint8Array;
  readonly url: string;
  /** Unix seconds. */
  readonly now: number;
  /** Seconds in which something may be stored. */
  readonly seconds: number;
  /** Bytes that may be written. */
  readonly space?: number;
}

/** The room in a store server that belongs to one storage suborder: what lies there was stored with its grant. */
export function storagePrefix(suborder: bigint): string {
  return `order-${suborder}`;
}

/**
 * Access to the prefix of one storage suborder: for a workflow's machine to write and for its customer to read, for whoever bought the
 * storage by itself to do both and to remove. Nothing is kept longer than what was paid for, from the last moment in which it may be written.
 */
export function mintedAccess({ suborder, alone }: StoragePart, { key, url, now, seconds, space }: Minting): Access {
  const notAfter = now + seconds;
  const keepUntil = notAfter + suborder.minMinutes * 60;
  const prefix = storagePrefix(suborder.id);
  const token = mintToken(key, { prefix, rights: alone ? [...RIGHTS.customer] : ["write"], notAfter, keepUntil, ...(space !== undefined && { space }) });
  return { store: { type: "HTTP", url, token }, notAfter, ...(!alone && { reader: mintToken(key, { prefix, rights: ["read"], notAfter: keepUntil }) }) };
}

/** A grant, sealed to the verified devices of a workflow's machine and to its customer; of storage by itself to its customer alone. */
export async function sealGrant(market: Market, part: StoragePart, access: Access, machine: readonly string[]): Promise<{ sealed: Uint8Array; recipients: string[] }> {
  const recipients = [...machine, recipientFromBytes(part.customerRecipient)];
  return { sealed: await seal(storageGrant({ ...grantSubject(market, part), ...access }), recipients), recipients };
}

/**
 * The access that a grant by hand carries: tokens made for this suborder's prefix, one made elsewhere, or one narrowed from the configuration's.
 *
 * @throws CloisterError `StoreKeyMissing`, `TokenInvalid`, `ConfigIncomplete`, `WrongUsage`.
 */
export async function accessFor(context: Context, part: StoragePart, { url, directory, tokenFile, hours, spaceMib }: AccessRequest): Promise<Access> {
  if (directory !== undefined && tokenFile !== undefined) throw wrongUsage("--directory and --token-file exclude each other.");
  if (spaceMib !== undefined && directory === undefined) throw wrongUsage("--space-mib needs --directory: a token that is there has its own limits.");
  const now = Math.floor(context.now().getTime() / 1000);
  const seconds = hours * 3600;
  if (directory !== undefined) {
    const path = context.path(directory);
    if (url === undefined) throw wrongUsage("--url is missing: where the store server of --directory is reached.");
    if (!(await isServerDirectory(path))) throw new CloisterError("StoreKeyMissing", `${path} is not the directory of a store server: it has no token.key.`, "Start the server once (`store run`), or name its directory.", { directory: path });
    return mintedAccess(part, { key: await serverKey(path), url, now, seconds, space: mebibytes(spaceMib) });
  }
  if (tokenFile !== undefined) {
    if (url === undefined) throw wrongUsage("--url is missing: where the store server of --token-file is reached.");
    const token = (await readTextFile(context.path(tokenFile))).trim();
    return { store: { type: "HTTP", url, token }, notAfter: Math.min(readToken(token).notAfter, now + seconds) };
  }
  const storage = section(await context.config(), "storage");
  if (storage.type !== "HTTP") throw new CloisterError("StoreNotShared", `The configuration's storage is of type ${storage.type}, which a grant cannot give access to.`, "Run a store server (`store run`), and give --url with --directory or --token-file.", { type: storage.type });
  const own = readToken(storage.token);
  const notAfter = Math.min(own.notAfter, now + seconds);
  const rights = RIGHTS[part.alone ? "customer" : "machine"].filter((right) => own.rights.includes(right));
  return { store: { type: "HTTP", url: url ?? storage.url, token: narrowToken(storage.token, { rights, notAfter }) }, notAfter };
}
