// SPDX-License-Identifier: Apache-2.0
import { approvalState } from "../../chain/approvals";
import type { Market } from "../../chain/market";
import { type ApprovalFile, approvalWords, parseApprovalFile } from "../../core/approval";
import { CloisterError } from "../../core/errors";
import { sha256Hex } from "../../crypto/hash";
import { readTextFile } from "../files/textFile";

/**
 * Reads an approval file of this market.
 *
 * @throws CloisterError `FileMissing`, `ApprovalInvalid`, `ApprovalElsewhere`.
 */
export async function readApproval({ address }: Market, path: string): Promise<ApprovalFile> {
  const file = parseApprovalFile(await readTextFile(path), path);
  const released = sha256Hex(Buffer.from(file.release, "base64"));
  if (released !== file.approval.releaseHash) {
    throw new CloisterError("ApprovalInvalid", `${path}: the approval is signed for the release ${file.approval.releaseHash}, the file holds ${released}.`, "Use the file that `approvals sign` wrote, unchanged.", { signed: file.approval.releaseHash, released });
  }
  const { chainId, contracts } = address;
  if (file.chainId !== chainId || file.orderBook !== contracts.orderBook.toLowerCase()) {
    throw new CloisterError("ApprovalElsewhere", `${path} is for the order book ${file.orderBook} on chain ${file.chainId}, the configuration names ${contracts.orderBook} on chain ${chainId}.`, "Use the configuration of that market, or another approval.", { path, chainId: file.chainId, orderBook: file.orderBook });
  }
  return file;
}

/** A signed approval, and what the chain says of it. */
export async function viewApproval(market: Market, file: ApprovalFile) {
  const { approval, devices } = file;
  const { id, used, revoked, expired } = await approvalState(market, approval);
  const left = revoked || expired ? 0 : approval.uses - used;
  const words = approvalWords(approval);
  return {
    id,
    state: revoked ? "revoked" : expired ? "expired" : left === 0 ? "used up" : "valid",
    offer: approval.offer,
    version: approval.offerVersion,
    solution_hash: approval.solutionHash,
    ...words,
    uses: approval.uses,
    left,
    not_after: new Date(approval.notAfter * 1000).toISOString(),
    devices,
  };
}
