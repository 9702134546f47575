// SPDX-License-Identifier: Apache-2.0
import { flag, repeated, text } from "../command";

/** Options that answer the questions about the provider. */
export const providerOptions = {
  providerName: text("name of your provider, if you have none yet", { placeholder: "name" }),
  providerDescription: text("its description", { placeholder: "text" }),
  saveProvider: text("file to save the provider's info to", { placeholder: "path" }),
  noSave: flag("do not save it"),
};

/** Options that answer the questions about the offer. */
export const offerOptions = {
  offer: text("an offer that exists already, to add to it", { placeholder: "id" }),
  offerInfo: text("offer info file of a new offer", { placeholder: "path" }),
  slotInfo: repeated("slot info file"),
  noMoreSlots: flag("add no slots beyond"),
};

/** Those answers. */
export interface GivenAnswers {
  readonly providerName?: string;
  readonly providerDescription?: string;
  readonly saveProvider?: string;
  readonly noSave: boolean;
  readonly offer?: string;
  readonly offerInfo?: string;
  readonly slotInfo: readonly string[];
  readonly noMoreSlots: boolean;
}
