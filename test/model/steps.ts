// SPDX-License-Identifier: Apache-2.0
import { id as hashOf } from "ethers";

import { SOLUTION_HASH, ZERO_HASH } from "../world/market";
import type { Call } from "./chain";
import type { Chance } from "./chance";
import { EPOCH, type Money } from "./money";
import { LIVE, type Order, type Part, type Who, type Wish } from "./terms";
import type { ModelWorld } from "./world";

/** A step of a walk: the same verb with the same arguments, for the contracts and for the model. */
export interface Step {
  readonly verb: string;
  /** What a reader of a failure needs. */
  readonly says: string;
  readonly call: Call;
  readonly take: (model: Money) => void;
}

/** How often each verb was taken and refused, and how often orders ended by each row of the settlement table. */
export type Counts = Map<string, { taken: number; refused: number }>;

/** An order or one of its suborders. */
export interface Place {
  readonly id: bigint;
  readonly order: Order;
  readonly index: number | undefined;
  readonly part: Part | undefined;
}

export const FAR = 2n ** 39n;
export const PEOPLE: readonly Who[] = ["alice", "dave"];
/** What every step is made of: who, which order, when; mostly such as the contracts take, sometimes not. {@link ./verbs.ts} has the verbs. */
export abstract class StepMaker {
  constructor(
    protected readonly world: ModelWorld,
    protected readonly chance: Chance,
    protected readonly model: Money,
  ) {}

  /** When the next step is taken: soon, at a deadline or just beside it, or much later. @param progress Of the walk, 0 to 1. */
  nextSecond(progress: number): bigint {
    const { chance, model } = this;
    // Towards the end weeks pass, and once more than a year: rewards, and what nobody claimed.
    if (progress > 0.8 && chance.often(0.2)) return model.now + (chance.often(0.25) ? 53n : 1n) * EPOCH;
    const soon = model.now + chance.within(1n, 90n);
    const luck = chance.next();
    if (luck < 0.65) return soon;
    if (luck < 0.84) return model.now + chance.within(60n, 2400n);
    const orders = Object.values(model.books.orders);
    const kept = (part: Part) => part.since + (part.status === "Done" ? part.minutes : model.books.patience.receipt) * 60n;
    const times = orders.flatMap((order) => [model.deadline(order), ...order.parts.filter(({ storage }) => storage).map(kept)]).filter((time) => time > model.now + 1n);
    times.sort((a, b) => (a < b ? -1 : 1));
    return times.length === 0 ? soon : chance.of(times.slice(0, 3)) + chance.within(-1n, 2n);
  }

  /* MAKING STEPS */

  protected step(by: Who, to: Call["to"], name: string, args: readonly unknown[], take: Step["take"]): Omit<Step, "verb"> {
    const text = (value: unknown): string => (Array.isArray(value) ? `[${value.map(text).join(", ")}]` : typeof value === "object" && value !== null ? `{${Object.values(value).map(text).join(", ")}}` : String(value));
    return { says: `${name}(${args.map(text).join(", ")}) by ${by}`, call: { by, to, name, args }, take };
  }

  /** Mostly who may, sometimes somebody else. */
  protected by(who: Who): Who {
    return this.chance.often(0.8) ? who : "stranger";
  }

  protected actionOf(part: Part): Who {
    return this.model.provider(part.provider).action;
  }

  protected isOver(order: Order): boolean {
    const lost = (order.status === "Processing" || order.status === "Canceling") && this.model.lostAt(order) !== 0n;
    return lost || (LIVE.includes(order.status) && this.model.now > this.model.deadline(order));
  }

  /** Mostly an order for which something holds; undefined where there is none at all. */
  protected pick(holds: (order: Order) => boolean): Place | undefined {
    const all = Object.entries(this.model.books.orders).map(([id, order]) => ({ id: BigInt(id), order, index: undefined, part: undefined }));
    const fit = all.filter(({ order }) => holds(order));
    if (fit.length > 0 && this.chance.often(0.93)) return this.chance.of(fit);
    return all.length > 0 && this.chance.often(0.15) ? this.chance.of(all) : undefined;
  }

  protected pickPart(holds: (part: Part, order: Order) => boolean): Place | undefined {
    const all = Object.entries(this.model.books.orders).flatMap(([id, order]) => order.parts.map((part, index) => ({ id: BigInt(id), order, index, part })));
    const fit = all.filter(({ part, order }) => holds(part, order));
    if (fit.length > 0 && this.chance.often(0.93)) return this.chance.of(fit);
    return all.length > 0 && this.chance.often(0.15) ? this.chance.of(all) : undefined;
  }

  protected ofOrder(name: string, holds: (order: Order) => boolean, make: (id: bigint, order: Order) => [Who, readonly unknown[], (model: Money, who: Who) => void]): Omit<Step, "verb"> | undefined {
    const place = this.pick(holds);
    if (place === undefined) return undefined;
    const [who, args, take] = make(place.id, place.order);
    return this.step(who, "book", name, args, (model) => take(model, who));
  }

  protected ofPart(name: string, holds: (part: Part, order: Order) => boolean, by: (place: { order: Order; part: Part }) => Who, args: readonly unknown[], take: (model: Money, who: Who, id: bigint, index: number) => void): Omit<Step, "verb"> | undefined {
    const place = this.pickPart(holds);
    if (place?.part === undefined) return undefined;
    const { id, index = 0, order, part } = place;
    const who = by({ order, part });
    return this.step(who, "book", name, [id + BigInt(index) + 1n, ...args], (model) => take(model, who, id, index));
  }

  /* PLACING */

  protected placeWorkflow(): Omit<Step, "verb"> {
    const { chance, model, world } = this;
    const count = Number(chance.of([0n, 1n, 1n, 2n, 2n, 3n, 4n]));
    const parts = Array.from({ length: count }, () => {
      const offer = Number(chance.within(0n, BigInt(world.offers.length) - 1n));
      return { offer, slot: Number(chance.within(0n, BigInt(world.offers[offer]!.slots.length) - 1n)) };
    });
    const options = [0, 1].filter(() => chance.often(0.3)).map((option) => ({ option, count: chance.of([1n, 1n, 2n, 3n, 0n]) }));
    const rough: Wish = {
      service: chance.often(0.6), slots: chance.of([1n, 1n, 1n, 2n, 2n, 3n, 3n, 0n]), options, parts, lease: chance.often(0.9) ? chance.within(30n, 400n) : chance.within(0n, 650n),
      retention: chance.often(0.9) ? chance.within(60n, 900n) : chance.within(0n, 2500n), deposit: 0n, ceiling: 0n, deadline: chance.often(0.98) ? FAR : model.now,
    };
    const wish = this.withMoney(rough);
    const by = chance.of(PEOPLE);
    const solution = SOLUTION_HASH;
    const workflow = {
      basket: this.basketOf(wish), service: wish.service, simulatedAllowed: true, deposit: wish.deposit, priceCeiling: wish.ceiling, deadline: wish.deadline, createdBy: 0, solutionHash: solution,
      inputsHash: hashOf("inputs"), argumentsHash: ZERO_HASH, resultRecipient: hashOf("recipient"), sealedArguments: "0x",
    };
    return this.step(by, "book", "placeWorkflow", [workflow], (money) => money.placeWorkflow(by, wish));
  }

  /** A deposit between the least and the most, often one of them; a ceiling that mostly holds. */
  protected withMoney(wish: Wish): Wish {
    const { chance, model } = this;
    let bounds: readonly [bigint, bigint] = [1000n, 2000n];
    try {
      const { charge } = model.quote(wish);
      bounds = [charge(0n), charge(wish.lease * 60n)];
    } catch {
      // What is not sold has no price; the contracts are to refuse it too.
      return { ...wish, deposit: 1000n, ceiling: 2000n };
    }
    const [low, high] = bounds;
    const deposit = chance.of([low, high, high + 1n, low - (chance.often(0.2) ? 1n : 0n), chance.within(low, high), chance.within(low, high), high * 2n]);
    return { ...wish, deposit: deposit < 0n ? 0n : deposit, ceiling: chance.often(0.97) ? high : high - 1n };
  }

  basketOf({ slots, options, parts, lease, retention }: Wish) {
    const { world } = this;
    return {
      machines: [{ offer: world.compute, slot: world.computeSlot, slotCount: slots, options: options.map(({ option, count }) => ({ option: world.options[option], count })) }],
      parts: parts.map(({ offer, slot }) => ({ offer: world.offers[offer]!.offer, version: 0, slot: world.offers[offer]!.slots[slot] })),
      ownSolutions: 1,
      ownData: 0,
      leaseMinutes: lease,
      retentionMinutes: retention,
    };
  }

  protected placeStorage(): Omit<Step, "verb"> {
    const { chance, world } = this;
    const offer = Number(chance.of([5n, 5n, 6n, 7n]));
    const slot = Number(chance.within(0n, BigInt(world.offers[offer]!.slots.length) - 1n));
    const retention = chance.within(0n, 1300n);
    const ceiling = chance.often(0.95) ? 10n ** 20n : 10n ** 16n;
    const by = chance.of(PEOPLE);
    const request = { offer: world.offers[offer]!.offer, slot: world.offers[offer]!.slots[slot], retentionMinutes: retention, priceCeiling: ceiling, deadline: FAR, contentHash: ZERO_HASH, grantRecipient: hashOf("recipient") };
    return this.step(by, "book", "placeStorage", [request], (model) => model.placeStorage(by, offer, slot, retention, ceiling));
  }
}
