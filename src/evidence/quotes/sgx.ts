// SPDX-License-Identifier: Apache-2.0
import { hex } from "@scure/base";
import { CheckList } from "../../core/checks";
import { checkIntelQuote, familyOf, type IntelVerification } from "./intel";
import { readSgxQuote } from "./sgxQuote";
import { debuggable, demand, EvidenceCheck, type Examination, type VerifiedQuote } from "./verifiedQuote";

const DEBUG = 0x02;

/**
 * Verifies an SGX quote of version 3. Its measurement is mrEnclave: who signed the enclave (mrSigner) never counts.
 *
 * @throws CloisterError named after what failed.
 */
export function verifySgxQuote(given: IntelVerification): VerifiedQuote {
  return demand(examineSgxQuote(given));
}

/** Looks at an SGX quote from every side. @throws CloisterError `QuoteMalformed`, `QuoteUnsupported`, where it is none. */
export function examineSgxQuote(given: IntelVerification): Examination {
  const parts = readSgxQuote(given.quote);
  const list = new CheckList();
  const appraised = checkIntelQuote(parts, given, list);
  list.run(EvidenceCheck.debug, () => {
    if (((parts.attributes[0] ?? 0) & DEBUG) !== 0) throw debuggable();
    return [true, "nobody may look into the enclave"];
  });
  const says = { kind: "sgx" as const, measurement: hex.encode(parts.mrEnclave), reportData: parts.reportData, family: familyOf(parts), advisoryIds: appraised?.advisoryIds ?? [] };
  return { says: { ...says, ...(appraised && { tcbStatus: appraised.tcbStatus }) }, list };
}
