// SPDX-License-Identifier: Apache-2.0
import type { AnyCommand } from "./command";
import { filesCalculateHash } from "./files/calculate-hash";
import { filesDelete } from "./files/delete";
import { filesDownload } from "./files/download";
import { filesUpload } from "./files/upload";
import { workflowsGenerateKey } from "./workflows/generate-key";
import { workflowsKeyToPhrase } from "./workflows/key-to-phrase";
import { workflowsPhraseToKey } from "./workflows/phrase-to-key";
import { caInit } from "./ca/init";
import { caRun } from "./ca/run";
import { ordersComplete } from "./orders/complete";
import { ordersDownloadResult } from "./orders/download-result";
import { ordersGet } from "./orders/get";
import { ordersGetReport } from "./orders/get-report";
import { ordersList } from "./orders/list";
import { ordersValidateReport } from "./orders/validate-report";
import { teeRun } from "./tee/run";
import { workflowsCreate } from "./workflows/create";

/**
 * The commands of `spctl`, in the order in which the help shows them. A new command is one import and one line here.
 * These files are loaded for `--help` too: they import types and the frame, everything else inside `run`.
 */
export const spctlCommands: readonly AnyCommand[] = [
  caInit,
  caRun,
  ordersComplete,
  ordersDownloadResult,
  ordersGet,
  ordersGetReport,
  ordersList,
  ordersValidateReport,
  teeRun,
  workflowsCreate,
  filesUpload,
  filesDownload,
  filesDelete,
  filesCalculateHash,
  workflowsGenerateKey,
  workflowsPhraseToKey,
  workflowsKeyToPhrase,
];

/** The commands of `provider-tools`: dialogs that register and run offers. */
export const providerToolsCommands: readonly AnyCommand[] = [];
