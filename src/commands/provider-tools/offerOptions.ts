// SPDX-License-Identifier: Apache-2.0
import { repeated, text } from "../command";

/** Options that answer the questions about the provider. */
export const providerOptions = {
  providerName: text("name of your provider, if you have none yet", { placeholder: "name" }),
  providerDescription: text("its description", { placeholder: "text" }),
  saveProvider: text("file to save the provider's info to", { placeholder: "path" }),
};

/** Options that answer the questions about the offer. */
export const offerOptions = {
  offer: text("an offer that exists already, to add to it", { placeholder: "id" }),
  offerInfo: text("offer info file of a new offer", { placeholder: "path" }),
  slotInfo: repeated("slot info file"),
};

/** Those answers. */
export interface GivenAnswers {
  readonly providerName?: string;
  readonly providerDescription?: string;
  readonly saveProvider?: string;
  readonly offer?: string;
  readonly offerInfo?: string;
  readonly slotInfo: readonly string[];
}
