// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import { fromHex, toHex } from "../core/hex";
import type { ReportHashes, RuntimeInfo, Statement } from "../core/report";

/** A resource file's content: what should have run or been read. */
export interface GivenResource {
  /** Name to print, usually the file's. */
  readonly name: string;
  /** sha256 of the plain content, hex. */
  readonly hash: string;
  readonly size: number;
}

/** The record that the contract verified, as the caller read it. Hashes and the device id are hex, with or without 0x. */
export interface OnChainRecord extends ReportHashes {
  readonly chainId: number | bigint;
  readonly orderBook: string;
  readonly order: number | bigint;
  readonly device: string;
}

/** Every given resource must be among what ran. More may have run (another party's data): that is said, not refused. */
export function checkResources(runtimeInfo: RuntimeInfo, resources: readonly GivenResource[]): [true, string] {
  const left = [...runtimeInfo];
  for (const { name, hash, size } of resources) {
    const index = left.findIndex((entry) => entry.hash.hash === normal(hash) && entry.size === size);
    if (index < 0) {
      throw new CloisterError("ResourceNotUsed", `The order did not use ${name} (sha256 ${normal(hash)}, ${size} bytes).`, "Compare with the resource file that was really ordered.", { name, hash });
    }
    left.splice(index, 1);
  }
  const others = left.length === 0 ? "nothing else was used" : `besides, the order used ${left.map((entry) => `${entry.type} ${entry.hash.hash}`).join(", ")}`;
  return [true, `all ${resources.length} given contents were used; ${others}`];
}

/** Every field of the record must be that of the signed statement. */
export function checkOnChainRecord(record: OnChainRecord, statement: Statement, hashes: ReportHashes, device: string): [true, string] {
  const { predicate } = statement;
  const fields: [name: string, onChain: string, reported: string][] = [
    ["chainId", String(record.chainId), predicate.chainId],
    ["orderBook", record.orderBook.toLowerCase(), predicate.orderBook],
    ["order", String(record.order), predicate.order],
    ["device", normal(record.device), normal(device)],
    ["solutionHash", normal(record.solutionHash), hashes.solutionHash],
    ["argumentsHash", normal(record.argumentsHash), hashes.argumentsHash],
    ["runtimeInfoHash", normal(record.runtimeInfoHash), hashes.runtimeInfoHash],
    ["payloadHash", normal(record.payloadHash), hashes.payloadHash],
  ];
  for (const [field, onChain, reported] of fields) {
    if (onChain === reported) continue;
    throw new CloisterError("OnChainRecordMismatch", `The chain's ${field} is ${onChain}, the report's ${reported}.`, "Fetch the report again; if it stays so, do not trust it.", { field, onChain, reported });
  }
  return [true, `the chain recorded this very report for order ${predicate.order}`];
}

function normal(hash: string): string {
  return toHex(fromHex(hash));
}
