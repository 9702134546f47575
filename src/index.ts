// SPDX-License-Identifier: Apache-2.0

/** The public face of the toolkit: what programs build on. Everything else may move. */

export { CloisterError, isCloisterError } from "./core/errors";
export { Fault, isFinal, OrderStatus, orderStatusName } from "./core/orderStatus";
export { OfferType, PriceType } from "./core/offerType";
export { packResources, unpackResources } from "./core/resources";
export { parseSlotFile, parseTeeOfferInfo, parseValueOfferInfo } from "./core/offerInfo";
export { formatResource, parseResource, type Resource } from "./core/resource";
export { parseTrustFile } from "./core/trust";
export { parseReport, type Report } from "./core/report";
export { type Approval, type ApprovalFile, formatApprovalFile, parseApprovalFile } from "./core/approval";
export { NO_ARGUMENTS } from "./core/inputs";

export { openMarket, type Market, type MarketAddress } from "./chain/market";
export { addSlot, addVersion, createComputeOffer, createValueOffer, getOffer, optionsOf, slotsOf } from "./chain/offers";
export { depositSecurity, getProvider, providerOf, registerProvider } from "./chain/providers";
export { cancelOrder, claim, completeSuborder, expireOrder, getOrder, getSuborder, listOrders, orderTexts, suborders, waitForEnd } from "./chain/orders";
export { approvalState, type ApprovalState, completeSigned, idOfApproval, revokeApproval, subordersOfApproval } from "./chain/approvals";
export { placeWorkflow, placeWorkflows } from "./chain/placing";
export { quote } from "./chain/quote";
export { devicesOf } from "./chain/devices";

export { newIdentity, recipientOf } from "./crypto/ageKeys";
export { identityFromKey, keyToPhrase, newPhrase, phraseToKey } from "./crypto/mnemonic";
export { open, seal } from "./crypto/seal";

export { openTrust, type Trust } from "./evidence/trust";
export { verifyDevice } from "./evidence/device";
export { verifyReport } from "./evidence/report";

export { openStore } from "./store/openStore";
export { upload } from "./store/upload";
export { download } from "./store/download";

export { placeOrder } from "./commands/workflows/place";
export { verifyMachine } from "./commands/machine";
export { makeRelease, readRequest } from "./commands/orders/release";
export { type ApprovalTerms, makeApproval } from "./commands/approvals/make";
export { readApproval, viewApproval } from "./commands/approvals/file";
export { fetchResult } from "./commands/orders/result";
export { fetchReport } from "./commands/orders/report";
