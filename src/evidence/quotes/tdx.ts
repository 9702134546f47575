// SPDX-License-Identifier: Apache-2.0
import { CheckList } from "../../core/checks";
import { checkIntelQuote, familyOf, type IntelVerification } from "./intel";
import { checkTdxModule } from "./tdxModule";
import { measurementOf, readTdxQuote } from "./tdxQuote";
import { debuggable, demand, EvidenceCheck, type Examination, type VerifiedQuote } from "./verifiedQuote";

/**
 * Verifies a TDX quote of version 4: what Intel's quotes have in common, and the TDX module with its signer.
 *
 * @throws CloisterError named after what failed.
 */
export function verifyTdxQuote(given: IntelVerification): VerifiedQuote {
  return demand(examineTdxQuote(given));
}

/** Looks at a TDX quote from every side. @throws CloisterError `QuoteMalformed`, `QuoteUnsupported`, where it is none. */
export function examineTdxQuote(given: IntelVerification): Examination {
  const parts = readTdxQuote(given.quote);
  const list = new CheckList();
  const appraised = checkIntelQuote(parts, given, list);
  list.run(EvidenceCheck.debug, () => {
    // The first byte of the attributes holds what makes a guest untrusted; bit 0 is DEBUG (Intel TDX Module, TDATTRIBUTES).
    if ((parts.tdAttributes[0] ?? 0) !== 0) throw debuggable();
    return [true, "nobody may look into the guest"];
  });
  list.run(EvidenceCheck.module, () => {
    // Before its signature was verified, TCB info is anybody's text.
    CheckList.needed(appraised, EvidenceCheck.signature);
    checkTdxModule(parts, given.collateral.tcb_info, given.acceptedTcbStatuses);
    return [true, "it is Intel's, with attributes and a version that the TCB info accepts"];
  });
  const says = { kind: "tdx" as const, measurement: measurementOf(parts), reportData: parts.reportData, family: familyOf(parts), advisoryIds: appraised?.advisoryIds ?? [] };
  return { says: { ...says, ...(appraised && { tcbStatus: appraised.tcbStatus }) }, list };
}
