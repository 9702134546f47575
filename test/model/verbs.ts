// SPDX-License-Identifier: Apache-2.0
import { abortDigest, checkpointDigest, finishDigest, reportDigest } from "../../src/chain/digests";
import { RESULT_HASH, SOLUTION_HASH, tokens, ZERO_HASH } from "../world/market";
import { keyId } from "../../src/crypto/keys";
import { EPOCH } from "./money";
import { type Counts, PEOPLE, type Step, StepMaker } from "./steps";
import { FAULTS, LIVE, type Part, STATUSES, type Who } from "./terms";

/** Whom the token may refuse: customers, receivers, who shares the commission. */
const REFUSABLE: readonly Who[] = ["alice", "alice", "dave", "receiver 0", "admin", "treasury"];
const SHARES: readonly (readonly (readonly [Who, bigint])[])[] = [
  [["admin", 10_000n]],
  [["admin", 3333n], ["treasury", 6667n]],
  [["treasury", 1n], ["admin", 5000n], ["treasury", 4999n]],
  [["admin", 5000n], ["treasury", 4999n]],
];
const NEW_OR_PROCESSING = ["New", "Processing"];

/** Every verb of the market that money depends on, each with its weight. */
export class Steps extends StepMaker {
  /** Every verb with its weight. */
  private readonly verbs: Readonly<Record<string, readonly [number, () => Omit<Step, "verb"> | undefined]>> = {
    placeWorkflow: [9, () => this.placeWorkflow()],
    placeStorage: [1.2, () => this.placeStorage()],
    completeSuborder: [12, () => this.completeSuborder()],
    acceptOrder: [12, () => this.ofOrder("acceptOrder", ({ status }) => status === "New", (id) => [this.by("carol"), [id], (model, who) => model.acceptOrder(who, id)])],
    publishReport: [14, () => this.publishReport()],
    finishOrder: [8, () => this.finishOrder()],
    abortOrder: [1, () => this.abortOrder()],
    checkpoint: [9, () => this.checkpoint()],
    cancelOrder: [6, () => this.ofOrder("cancelOrder", ({ status, reported }) => status !== "Canceling" && LIVE.includes(status) && (reported || this.chance.often(0.1)), (id, { customer }) => [this.by(customer), [id], (model, who) => model.cancelOrder(who, id)])],
    cancelSuborder: [1, () => this.ofPart("cancelSuborder", ({ storage, status }, order) => (storage && status !== "Done") || order.reported, ({ order }) => this.by(order.customer), [], (model, who, id, index) => model.cancelSuborder(who, id, index))],
    expireOrder: [6, () => this.ofOrder("expireOrder", (order) => this.isOver(order) && (!order.service || order.status === "Canceling"), (id) => ["stranger", [id], (model) => model.expireOrder(id)])],
    stopOrder: [6, () => this.ofOrder("stopOrder", (order) => this.isOver(order) && order.service, (id) => ["stranger", [id], (model) => model.stopOrder(id)])],
    replenishOrder: [3, () => this.replenishOrder()],
    extendOrder: [2, () => this.extendOrder()],
    grantStorage: [1, () => this.ofPart("grantStorage", ({ storage, status }) => storage && status === "New", ({ part }) => this.by(this.actionOf(part)), ["0x"], (model, who, id, index) => model.grantStorage(who, id, index))],
    receiveStorage: [5, () => this.receiveStorage()],
    denyStorage: [1, () => this.ofPart("denyStorage", ({ storage, status }) => storage && status === "New", ({ part }) => this.by(this.actionOf(part)), [], (model, who, id, index) => model.denyStorage(who, id, index))],
    expireStorage: [2, () => this.ofPart("expireStorage", (part) => part.storage && part.since !== 0n && part.status !== "Done" && !this.isAwaited(part), () => "stranger", [], (model, _, id, index) => model.expireStorage(id, index))],
    extendStorage: [3, () => this.extendStorage()],
    endStorage: [3, () => this.ofPart("endStorage", (part) => this.isKept(part) && part.cancelable && !part.fixed, ({ order }) => this.by(order.customer), [], (model, who, id, index) => model.endStorage(who, id, index))],
    claim: [10, () => this.claim()],
    claimCommission: [1, () => this.step("stranger", "book", "claimCommission", [1], (model) => model.claimCommission())],
    withdrawOwed: [2, () => this.withdrawOwed("book")],
    withdrawCompensation: [1, () => this.withdrawOwed("registry")],
    depositSecurity: [0.4, () => this.depositSecurity()],
    withdrawSecurity: [1, () => this.withdrawSecurity()],
    updateProvider: [1.5, () => this.updateProvider()],
    setEnabled: [2, () => (this.model.books.machine.enabled && this.chance.often(0.9) ? undefined : this.step("carol", "catalog", "setEnabled", [this.world.compute, true], (model) => model.enableMachine(true)))],
    removeRoot: [0.8, () => (this.model.books.machine.distrusted === 0n ? this.removeRoot() : undefined)],
    addRoot: [4, () => (this.model.books.machine.distrusted === 0n ? undefined : this.addRoot())],
    setBlocked: [3, () => this.setBlocked()],
    listToken: [0.5, () => this.listToken()],
    setCommissionShares: [0.5, () => this.setCommissionShares()],
    fundRewards: [2, () => this.fundRewards()],
    claimReward: [3, () => this.reward("claim")],
    carryOver: [1, () => this.reward("carryOver")],
  };

  get names(): string[] {
    return Object.keys(this.verbs);
  }

  /** A step that the model takes, of a verb that was taken seldom so far; now and then one that may be refused. */
  next(counts: Counts): Step {
    const edge = this.atEdge();
    if (edge !== undefined && this.chance.often(0.7)) return edge;
    const entries = Object.entries(this.verbs).map(([verb, [weight, make]]) => ({ verb, make, weight: weight / (1 + (counts.get(verb)?.taken ?? 0)) ** 0.7 }));
    const sum = entries.reduce((total, { weight }) => total + weight, 0);
    const anything = this.chance.often(0.2);
    for (let tries = 0; ; tries++) {
      let left = this.chance.next() * sum;
      const { verb, make } = entries.find(({ weight }) => (left -= weight) < 0) ?? entries[0]!;
      const step = make();
      if (step !== undefined && (anything || tries > 60 || this.model.refusalOf(step.take) === undefined)) return { verb, ...step };
    }
  }

  /** Ends an order in the last second of its patience, which is refused, or in the one after, which is not. */
  private atEdge(): Step | undefined {
    const { now, books } = this.model;
    const found = Object.entries(books.orders).find(([, order]) => [now, now - 1n].includes(this.model.deadline(order)));
    if (found === undefined) return undefined;
    const [id, verb] = [BigInt(found[0]), found[1].service && found[1].reported && this.chance.often(0.7) ? ("stopOrder" as const) : ("expireOrder" as const)];
    return { verb, ...this.step("stranger", "book", verb, [id], (model) => model[verb](id)) };
  }

  /* ORDERS */

  private completeSuborder(): Omit<Step, "verb"> | undefined {
    const approve = this.chance.often(0.93);
    return this.ofPart("completeSuborder", ({ status, storage }, order) => !storage && status === "New" && order.status === "Blocked", ({ part }) => this.by(this.actionOf(part)), [approve ? 4 : 5, SOLUTION_HASH, "0x"], (model, who, id, index) => model.completeSuborder(who, id, index, approve));
  }

  private signed(digest: Uint8Array) {
    return this.world.signatureOf(this.world.device, digest);
  }

  private publishReport(): Omit<Step, "verb"> | undefined {
    return this.ofOrder("publishReport", ({ status, reported }) => status === "Processing" && !reported, (order) => {
      const record = { solutionHash: SOLUTION_HASH, argumentsHash: ZERO_HASH, runtimeInfoHash: RESULT_HASH, payloadHash: RESULT_HASH, startedAt: Number(this.model.now) };
      const signature = this.signed(reportDigest(this.world.domain, { order, offer: this.world.compute, ...record }));
      return ["stranger", [order, record, signature, "0x", "0x", "0x"], (model) => model.publishReport(order)];
    });
  }

  private finishOrder(): Omit<Step, "verb"> | undefined {
    const { chance, model } = this;
    return this.ofOrder("finishOrder", ({ status, reported }) => reported && (status === "Processing" || status === "Canceling"), (id, order) => {
      const status = order.status === "Canceling" ? chance.of(["Canceled", "Canceled", "Canceled", "Done", "Error"] as const) : chance.of(order.checkpoint === 0n ? (["Done", "Done", "Error", "Error", "Canceled"] as const) : (["Error", "Error", "Error", "Done"] as const));
      const matching = status === "Error" ? chance.of(["Workload", "Machine", "Machine", "Machine", "Input"] as const) : "None";
      const fault = chance.often(0.95) ? matching : chance.of(FAULTS);
      const seconds = chance.often(0.3) ? 2n ** 32n - 1n : chance.within(0n, model.now - (order.reported ? order.since : model.now) + 200n);
      const record = { status: STATUSES.indexOf(status), fault: FAULTS.indexOf(fault), resultHash: RESULT_HASH, usedSeconds: Number(seconds) };
      return ["stranger", [id, record, this.signed(finishDigest(this.world.domain, { order: id, ...record })), "0x"], (money) => money.finishOrder(id, status, fault, seconds)];
    });
  }

  private abortOrder(): Omit<Step, "verb"> | undefined {
    const fault = this.chance.of(FAULTS);
    const message = { fault: FAULTS.indexOf(fault), resultHash: RESULT_HASH };
    return this.ofOrder("abortOrder", ({ status, reported }) => NEW_OR_PROCESSING.includes(status) && !reported, (order) => {
      const signature = this.signed(abortDigest(this.world.domain, { order, ...message }));
      return ["stranger", [order, message.fault, RESULT_HASH, signature, "0x"], (model) => model.abortOrder(order, fault)];
    });
  }

  private checkpoint(): Omit<Step, "verb"> | undefined {
    const { chance, model } = this;
    return this.ofOrder("checkpoint", ({ status, service, reported }) => service && reported && status === "Processing", (order, { since, checkpoint }) => {
      const passed = model.now > since ? model.now - since : 0n;
      const seconds = chance.often(0.9) ? chance.within(checkpoint, passed) : chance.within(0n, passed + 200n);
      const message = { order, usedSeconds: Number(seconds), resultHash: RESULT_HASH };
      return ["stranger", [order, seconds, RESULT_HASH, this.signed(checkpointDigest(this.world.domain, message)), "0x"], (money) => money.checkpoint(order, seconds)];
    });
  }

  private replenishOrder(): Omit<Step, "verb"> | undefined {
    const { chance } = this;
    const [by, amount] = [chance.of(PEOPLE), chance.of([0n, 1n, tokens("0.5") + 1n, tokens(3), tokens(3), tokens(30_000)])];
    return this.ofOrder("replenishOrder", ({ status }) => status !== "Canceling" && LIVE.includes(status), (id) => [by, [id, amount], (model) => model.replenishOrder(by, id, amount)]);
  }

  private extendOrder(): Omit<Step, "verb"> | undefined {
    const minutes = this.chance.of([0n, 1n, 30n, 60n, 300n]);
    return this.ofOrder("extendOrder", ({ status, service }) => service && status !== "Canceling" && LIVE.includes(status), (id, { customer }) => [this.by(customer), [id, minutes], (model, who) => model.extendOrder(who, id, minutes)]);
  }

  /* STORAGE */

  private receiveStorage(): Omit<Step, "verb"> | undefined {
    return this.ofPart("receiveStorage", (part, { reported }) => reported && this.isAwaited(part), ({ part }) => this.by(this.actionOf(part)), [RESULT_HASH, 1, "0x"], (model, who, id, index) => model.receiveStorage(who, id, index));
  }

  private extendStorage(): Omit<Step, "verb"> | undefined {
    const { chance, world } = this;
    const place = this.pickPart((part) => this.isKept(part) && !part.fixed);
    if (place?.part === undefined) return undefined;
    const { id, index = 0, part } = place;
    const { offer, slots } = world.offers[part.offer]!;
    const slot = Number(chance.of([0n, chance.within(0n, BigInt(slots.length) - 1n)]));
    const minutes = chance.of([0n, 1n, 61n, 300n, 2n ** 24n - 1n]);
    const by = chance.of(PEOPLE);
    // Only storage offers are asked about slots; another part is refused before.
    if (offer === undefined) return undefined;
    return this.step(by, "book", "extendStorage", [id + BigInt(index) + 1n, slots[slot], minutes], (model) => model.extendStorage(by, id, index, slot, minutes));
  }

  private isKept({ storage, status, since, minutes }: Part): boolean {
    return storage && status === "Done" && this.model.now < since + minutes * 60n;
  }

  private isAwaited({ storage, status, since }: Part): boolean {
    return storage && (status === "New" || status === "Processing") && (since === 0n || this.model.now <= since + this.model.books.patience.receipt * 60n);
  }

  /* MONEY THAT IS DUE */

  /** A list of one provider's parts, mostly of what has earned. */
  private claim(): Omit<Step, "verb"> | undefined {
    const { chance, model } = this;
    const all = Object.entries(model.books.orders).flatMap(([id, order]) => [undefined, ...order.parts.keys()].map((index) => ({ order: BigInt(id), index, ...model.earned(order, index) })));
    const due = all.filter(({ amount }) => amount !== 0n);
    const first = due.length > 0 && chance.often(0.95) ? chance.of(due) : undefined;
    if (first === undefined && (all.length === 0 || chance.often(0.9))) return undefined;
    const others = due.filter((one) => one !== first && one.provider === first?.provider).slice(0, Number(chance.within(0n, 3n)));
    const odd = chance.often(0.05) ? [chance.of(all)] : [];
    const list = first === undefined ? odd : [first, ...others, ...odd];
    const ids = list.map(({ order, index }) => (index === undefined ? order : order + BigInt(index) + 1n));
    return this.step("stranger", "book", "claim", [ids], (money) => money.claim(list));
  }

  private withdrawOwed(to: "book" | "registry"): Omit<Step, "verb"> | undefined {
    const { chance, model } = this;
    const owed = to === "book" ? model.books.owed : model.books.compensationOwed;
    const due = Object.keys(owed).filter((who) => (owed[who] ?? 0n) > 0n);
    if (due.length === 0 && chance.often(0.9)) return undefined;
    const by = due.length === 0 ? "dave" : chance.of(due);
    const receiver = chance.of(["stranger", by]);
    const address = this.world.addresses[receiver];
    if (to === "book") return this.step(by, "book", "withdrawOwed", [1, address], (money) => money.withdrawOwed(by, receiver));
    return this.step(by, "registry", "withdrawOwed", [address], (money) => money.withdrawCompensation(by, receiver));
  }

  /* PROVIDERS, TOKEN, ADMINISTRATION */

  private depositSecurity(): Omit<Step, "verb"> {
    const [by, index, amount] = [this.chance.of(["carol", "alice"]), Number(this.chance.within(0n, 1n)), this.chance.within(0n, tokens(20))];
    return this.step(by, "registry", "depositSecurity", [this.world.sellers[index]!.provider, amount], (model) => model.depositSecurity(by, index, amount));
  }

  private withdrawSecurity(): Omit<Step, "verb"> | undefined {
    const { chance, model } = this;
    if (chance.often(0.6)) return undefined;
    const { security, reserved } = model.provider(0);
    const amount = chance.of([0n, security - reserved - chance.within(0n, tokens(12)), security - reserved + 1n, (security - reserved) / 2n]);
    if (amount < 0n) return undefined;
    const by = this.by("carol");
    return this.step(by, "registry", "withdrawSecurity", [this.world.sellers[0]!.provider, amount], (money) => money.withdrawSecurity(by, 0, amount));
  }

  /** Carol goes to another book, or comes back. */
  private updateProvider(): Omit<Step, "verb"> | undefined {
    if (this.model.provider(0).here && this.chance.often(0.8)) return undefined;
    const { addresses, sellers } = this.world;
    const here = !this.model.provider(0).here || this.chance.often(0.3);
    const { provider, receiver } = sellers[0]!;
    const by = this.by("carol");
    return this.step(by, "registry", "updateProvider", [provider, addresses.carol, receiver, here ? addresses.book : addresses.treasury], (model) => model.chooseBook(by, 0, here));
  }

  private setBlocked(): Omit<Step, "verb"> | undefined {
    const { chance, model } = this;
    const now = Object.keys(model.books.blocked).filter((who) => model.books.blocked[who]);
    // Who is refused stays so for a while: refunds and shares are to meet it.
    if (chance.often(0.7)) return undefined;
    const [who, blocked] = now.length > 0 ? [chance.of(now), false] : [chance.of(REFUSABLE), true];
    return this.step("stranger", "token", "setBlocked", [this.world.addresses[who], blocked], (money) => {
      money.books.blocked[who] = blocked;
    });
  }

  private listToken(): Omit<Step, "verb"> {
    const rate = this.chance.of([0n, 1n, 300n, 777n, 2000n]);
    return this.step("admin", "book", "listToken", [this.world.token.target, rate, true], (model) => {
      model.books.rate = rate;
    });
  }

  private removeRoot(): Omit<Step, "verb"> {
    return this.step("admin", "attestation", "removeRoot", [keyId(this.world.authority.rootKey.publicKey)], (model) => {
      model.books.machine.distrusted = model.now;
    });
  }

  private addRoot(): Omit<Step, "verb"> {
    return this.step("admin", "attestation", "addRoot", [this.world.authority.root.der, 1], (model) => {
      model.books.machine.distrusted = 0n;
    });
  }

  private setCommissionShares(): Omit<Step, "verb"> {
    const shares = this.chance.of(SHARES).map(([who, share]) => ({ who, share }));
    return this.step("admin", "book", "setCommissionShares", [shares.map(({ who, share }) => ({ recipient: this.world.addresses[who], share }))], (model) => model.setShares(shares));
  }

  private fundRewards(): Omit<Step, "verb"> {
    const { chance, model } = this;
    const epoch = model.now / EPOCH + chance.of([0n, 0n, 0n, 1n, -1n, 53n]);
    const amount = chance.of([0n, 1009n, tokens(1) + 1n, tokens("0.01")]);
    return this.step("alice", "pool", "fund", [epoch, 1, amount], (money) => money.fundRewards("alice", epoch, amount));
  }

  private reward(name: "claim" | "carryOver"): Omit<Step, "verb"> | undefined {
    const { chance, model } = this;
    const funded = Object.keys(model.books.budgets).map(BigInt);
    const over = funded.filter((one) => one < model.now / EPOCH - (name === "claim" ? 0n : 52n));
    if (over.length === 0 && (funded.length === 0 || chance.often(0.9))) return undefined;
    const epoch = chance.of(over.length === 0 ? funded : over);
    if (name === "carryOver") return this.step("stranger", "pool", name, [epoch, 1], (money) => money.carryOver(epoch));
    const due = this.world.sellers.map((_, index) => index).filter((index) => model.reward(epoch, index) > 0n && model.books.rewarded[`${epoch} ${index}`] === undefined);
    if (due.length === 0 && chance.often(0.8)) return undefined;
    const index = due.length === 0 ? 0 : chance.of(due);
    return this.step("stranger", "pool", name, [epoch, 1, this.world.sellers[index]!.provider], (money) => money.claimReward(epoch, index));
  }
}
