// SPDX-License-Identifier: Apache-2.0
import type { Money } from "./money";
import { STATUSES } from "./terms";

/** Everything that the model says about money, by the labels that {@link ./chain.ts} gives what the contracts say; some orders left out. */
export function figuresOf(model: Money, without: ReadonlySet<string>): Map<string, bigint> {
  const { books, now } = model;
  const figures = new Map<string, bigint>();
  const set = (label: string, value: bigint | boolean) => figures.set(label, BigInt(value));
  for (const [who, balance] of Object.entries(books.balances)) set(`balance of ${who}`, balance);
  for (const who of ["alice", "dave"]) set(`compensation owed to ${who}`, books.compensationOwed[who] ?? 0n);
  for (const [index, { security, reserved }] of books.providers.entries()) {
    set(`security of ${index}`, security);
    set(`reserved of ${index}`, reserved);
  }
  const { room, waiting, failures, enabled } = books.machine;
  for (const [label, value] of Object.entries({ room, waiting, failures, enabled })) set(label, value);
  for (const [epoch, { funded, left }] of Object.entries(books.budgets)) {
    set(`funded for ${epoch}`, funded);
    set(`left for ${epoch}`, left);
    for (const index of books.providers.keys()) set(`reward of ${epoch} ${index}`, model.reward(BigInt(epoch), index));
  }
  set("commission", books.commission);
  set("last order", books.lastOrder);
  for (const who of ["alice", "dave", "admin", "treasury"]) set(`owed to ${who}`, books.owed[who] ?? 0n);
  for (const [key, { earned, commission }] of Object.entries(books.revenue)) {
    const epoch = key.split(" ")[0]!;
    set(`earned ${key}`, earned);
    set(`commission ${key}`, commission);
    set(`revenue of ${epoch}`, (figures.get(`revenue of ${epoch}`) ?? 0n) + earned);
  }
  for (const [id, order] of Object.entries(books.orders)) {
    if (without.has(id)) continue;
    const label = `order ${id}`;
    set(`${label} status`, BigInt(STATUSES.indexOf(order.status)));
    set(`${label} deposit`, order.deposit);
    set(`${label} since`, order.since);
    set(`${label} leaseMinutes`, order.lease);
    set(`${label} claimed`, order.claimed);
    set(`${label} reported`, order.reported);
    set(`${label} claimable`, model.earned(order, undefined).amount);
    set(`${label} deadlineOf`, model.deadline(order));
    set(`${label} paidUntil`, order.reported && order.status === "Processing" ? model.paidUntil(order) : 0n);
    for (const [index, part] of order.parts.entries()) {
      const name = `part ${BigInt(id) + BigInt(index) + 1n}`;
      set(`${name} status`, BigInt(STATUSES.indexOf(part.status)));
      set(`${name} minMinutes`, part.minutes);
      set(`${name} since`, part.since);
      set(`${name} claimed`, part.claimed);
      set(`${name} price`, part.price);
      set(`${name} claimable`, model.earned(order, index).amount);
    }
  }
  if (now === 0n) throw new Error("The model has no time yet.");
  return figures;
}

/** The first figures that differ, as text; empty if none. */
export function differences(model: ReadonlyMap<string, bigint>, contracts: ReadonlyMap<string, bigint>): string[] {
  const labels = new Set([...model.keys(), ...contracts.keys()]);
  return [...labels].filter((label) => model.get(label) !== contracts.get(label)).map((label) => `${label}: model ${model.get(label)}, contracts ${contracts.get(label)}`);
}
