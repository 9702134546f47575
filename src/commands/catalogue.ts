// SPDX-License-Identifier: Apache-2.0
import { accountsGenerate } from "./accounts/generate";
import { approvalsGet, approvalsList } from "./approvals/list";
import { approvalsRequest } from "./approvals/request";
import { approvalsRevoke } from "./approvals/revoke";
import { approvalsSign } from "./approvals/sign";
import { booksCommand } from "./books/books";
import { bundleCreate } from "./bundle/create";
import { bundleVerify } from "./bundle/verify";
import { caInit } from "./ca/init";
import { caIssueSub } from "./ca/issue-sub";
import { caLog } from "./ca/log";
import { caRevoke } from "./ca/revoke";
import { caRun } from "./ca/run";
import type { AnyCommand } from "./command";
import { evidenceVerify } from "./evidence/verify";
import { explainCommand } from "./explain/explain";
import { filesCalculateHash } from "./files/calculate-hash";
import { filesDelete } from "./files/delete";
import { filesDownload } from "./files/download";
import { filesShare } from "./files/share";
import { filesUpload } from "./files/upload";
import { offersCreate } from "./offers/create";
import { offersDisable, offersEnable } from "./offers/enable";
import { offersDisableAll, offersEnableAll } from "./offers/enable-all";
import { offersGet } from "./offers/get";
import { offersDownloadContent, offersGetConfiguration, offersGetInfo } from "./offers/info";
import { offersList } from "./offers/list";
import { offersAddOption, offersDeleteOption } from "./offers/options";
import { offersPolicyAllow, offersPolicyList, offersPolicyRemove } from "./offers/policy";
import { offersGetOption, offersGetSlot, offersUpdateOption, offersUpdateSlot } from "./offers/slotChanges";
import { offersAddSlot, offersDeleteSlot } from "./offers/slots";
import { offersUpdate } from "./offers/update";
import { offersVersionAdd, offersVersionDelete } from "./offers/version";
import { ordersCancel } from "./orders/cancel";
import { ordersClaim } from "./orders/claim";
import { ordersComplete } from "./orders/complete";
import { ordersCreate } from "./orders/create";
import { ordersExtend } from "./orders/extend";
import { ordersMark } from "./orders/mark";
import { ordersReplenishDeposit } from "./orders/replenish-deposit";
import { ordersStop } from "./orders/stop";
import { ordersDownloadResult } from "./orders/download-result";
import { ordersExpire } from "./orders/expire";
import { ordersGet } from "./orders/get";
import { ordersGetReport } from "./orders/get-report";
import { ordersList } from "./orders/list";
import { ordersValidateReport } from "./orders/validate-report";
import { deployData, deploySolution, deployTee } from "./provider-tools/deploy";
import { registerData, registerSolution } from "./provider-tools/registerContent";
import { registerTee } from "./provider-tools/registerTee";
import { provisionerAllow } from "./provisioner/allow";
import { provisionerRun } from "./provisioner/run";
import { providersCreate } from "./providers/create";
import { providersGet } from "./providers/get";
import { providersList } from "./providers/list";
import { providersDeposit, providersWithdraw } from "./providers/security";
import { providersUpdate } from "./providers/update";
import { rewardsClaim } from "./rewards/claim";
import { rewardsCarryOver, rewardsFund } from "./rewards/fund";
import { rewardsList } from "./rewards/list";
import { setupCommand } from "./setup/setup";
import { solutionsGenerateKey } from "./solutions/generate-key";
import { solutionsPack } from "./solutions/pack";
import { teeInit } from "./tee/init";
import { teeRenew } from "./tee/renew";
import { solutionsSign } from "./solutions/sign";
import { solutionsVerify } from "./solutions/verify";
import { storeGrant } from "./store/grant";
import { storageAccess } from "./storage/access";
import { storageDeny } from "./storage/deny";
import { storageExpire } from "./storage/expire";
import { storageCancel, storageEnd, storageExtend } from "./storage/extend";
import { storageGrant } from "./storage/grant";
import { storageReceive } from "./storage/receive";
import { storeRun } from "./store/run";
import { storeSweep } from "./store/sweep";
import { teeRun } from "./tee/run";
import { teeStatus } from "./tee/status";
import { tokensApprove } from "./tokens/approve";
import { tokensBalance } from "./tokens/balance";
import { tokensList } from "./tokens/list";
import { tokensRequest } from "./tokens/request";
import { usersGet } from "./users/get";
import { usersLink } from "./users/link";
import { usersUnlink } from "./users/unlink";
import { workflowsCreate } from "./workflows/create";
import { workflowsGenerateKey } from "./workflows/generate-key";
import { workflowsKeyToPhrase } from "./workflows/key-to-phrase";
import { workflowsPhraseToKey } from "./workflows/phrase-to-key";
import { workflowsReplenishDeposit } from "./workflows/replenish-deposit";

/**
 * The commands of `spctl`, in the order in which the help shows them. A new command is one import and one line here.
 * These files are loaded for `--help` too: they import types and the frame, everything else inside `run`.
 */
export const spctlCommands: readonly AnyCommand[] = [
  setupCommand,
  // Making a solution and buying a run of it.
  solutionsPack,
  solutionsGenerateKey,
  solutionsSign,
  solutionsVerify,
  offersList,
  offersGet,
  offersGetConfiguration,
  offersDownloadContent,
  explainCommand,
  workflowsCreate,
  workflowsGenerateKey,
  workflowsPhraseToKey,
  workflowsKeyToPhrase,
  workflowsReplenishDeposit,
  ordersList,
  ordersGet,
  ordersCancel,
  ordersExpire,
  ordersReplenishDeposit,
  ordersExtend,
  ordersStop,
  ordersMark,
  ordersCreate,
  storageAccess,
  storageExtend,
  storageEnd,
  storageCancel,
  storageExpire,
  ordersDownloadResult,
  ordersGetReport,
  ordersValidateReport,
  approvalsRequest,
  bundleCreate,
  bundleVerify,
  tokensBalance,
  tokensList,
  tokensRequest,
  tokensApprove,
  usersGet,
  usersLink,
  usersUnlink,
  // Selling data and solutions.
  filesUpload,
  filesDownload,
  filesDelete,
  filesShare,
  filesCalculateHash,
  ordersComplete,
  approvalsSign,
  approvalsRevoke,
  approvalsList,
  approvalsGet,
  storageGrant,
  storageReceive,
  storageDeny,
  ordersClaim,
  rewardsList,
  rewardsClaim,
  provisionerRun,
  provisionerAllow,
  offersCreate,
  offersUpdate,
  offersGetInfo,
  offersEnable,
  offersDisable,
  offersEnableAll,
  offersDisableAll,
  offersAddSlot,
  offersDeleteSlot,
  offersGetSlot,
  offersUpdateSlot,
  offersPolicyList,
  offersPolicyAllow,
  offersPolicyRemove,
  offersVersionAdd,
  offersVersionDelete,
  providersList,
  providersGet,
  providersCreate,
  providersUpdate,
  // Running machines.
  teeInit,
  teeRun,
  teeStatus,
  teeRenew,
  providersDeposit,
  providersWithdraw,
  offersAddOption,
  offersDeleteOption,
  offersGetOption,
  offersUpdateOption,
  // Certifying them.
  caInit,
  caIssueSub,
  caRun,
  caRevoke,
  caLog,
  evidenceVerify,
  // Keeping contents for several hosts.
  storeRun,
  storeGrant,
  storeSweep,
  // Checking the market's money.
  booksCommand,
  rewardsFund,
  rewardsCarryOver,
  accountsGenerate,
];

/** The commands of `provider-tools`: dialogs that register offers step by step, and what runs them on a host. */
export const providerToolsCommands: readonly AnyCommand[] = [setupCommand, registerData, registerSolution, registerTee, deployTee, deployData, deploySolution];
