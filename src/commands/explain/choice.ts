// SPDX-License-Identifier: Apache-2.0
import { actingAccount, type Market } from "../../chain/market";
import type { MachineChoice } from "../../chain/basket";
import { chosenMachine } from "../../chain/quote";
import type { Trust } from "../../evidence/trust";
import { verifyMachine } from "../machine";
import type { ReadInputs } from "../workflows/basket";
import { describeMachine, noMachine, selectMachines, type SelectionRequest } from "../workflows/selection";
import type { Reason } from "./request";

/** A machine of the market, and what the choice makes of it. Amounts in units of the token. */
export interface Candidate {
  readonly compute: bigint;
  readonly name: string;
  readonly slot?: bigint;
  readonly slotCount?: number;
  readonly least?: bigint;
  readonly most?: bigint;
  readonly waiting: number;
  /** How many such orders its free room holds now. */
  readonly room?: number;
  /** The contract would take it now. */
  readonly taken: boolean;
  /** Why it is left out. */
  readonly out?: Reason;
  /** All of it in one line. */
  readonly line: string;
}

/** The choice among all machines. */
export type Choice = {
  readonly candidates: readonly Candidate[];
  readonly leaseMinutes: number;
} & ({ readonly taken: MachineChoice; readonly refusal?: undefined } | { readonly taken?: undefined; readonly refusal: Reason });

/** Says of every machine why it is out, or its price, queue and room, and which one the contract would take now. */
export async function explainChoice(market: Market, question: SelectionRequest & { readonly trust: Trust; readonly accept: readonly string[]; readonly at: Date }, inputs: ReadInputs): Promise<Choice> {
  const selection = await selectMachines(market, question, inputs, async (offer) => (await verifyMachine(market, question.trust, offer, question)).recipients);
  const { basket, machines, leaseMinutes } = selection;
  const chosen = basket && (await chosenMachine(market, actingAccount(market), basket));
  const candidates = machines.map((machine) => {
    const { compute, name, choice, least, most, waiting, room, out } = machine;
    return {
      compute,
      name,
      ...(choice && { slot: choice.slot, slotCount: choice.slotCount }),
      ...(most !== undefined && { least, most }),
      waiting,
      ...(room !== undefined && { room }),
      taken: compute === chosen,
      ...(out && { out: { code: out.code, reason: out.message, fix: out.fix } }),
      line: describeMachine(machine),
    };
  });
  const taken = machines.find(({ compute }) => compute === chosen)?.choice;
  if (taken !== undefined) return { candidates, leaseMinutes, taken };
  const { code, message, fix } = noMachine(selection);
  return { candidates, leaseMinutes, refusal: { code, reason: message, fix } };
}
