// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "./errors";
import { isFinal, OrderStatus } from "./orderStatus";

/** One event of the market or its tokens, its arguments by name. Addresses are in lower case. */
export interface BookEvent {
  readonly source: "orderBook" | "registry" | "catalog" | "token";
  /** Address that emitted it. */
  readonly address: string;
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly transaction: string;
}

/** An order as its events tell it. Amounts in units of its token. */
export interface OrderBooks {
  readonly id: bigint;
  readonly customer: string;
  readonly token: bigint;
  readonly provider: bigint;
  readonly compensation: bigint;
  readonly commission: bigint;
  deposit: bigint;
  status: number;
  reported: boolean;
  /** Of the signed finish; absent where the order ended without one. */
  finish?: { readonly fault: number; readonly usedSeconds: number };
  settled?: { readonly seconds: number; readonly charged: bigint };
  refunded: bigint;
  /** Paid in for storage after the settlement, less what of storage went back since. */
  storageChange: bigint;
  /** Claimed of its parts before their end, by part. */
  readonly drawn: Map<bigint, bigint>;
}

/** A claim of earnings. */
export interface ClaimBooks {
  readonly token: bigint;
  readonly paid: bigint;
  readonly commission: bigint;
  readonly parts: readonly bigint[];
  /** Of these parts only so much was claimed, because they go on. */
  readonly drawn: ReadonlyMap<bigint, bigint>;
  readonly transaction: string;
}

/** The flows of one holder (order book or registry) in one token. */
export interface Flows {
  in: bigint;
  out: bigint;
  /** Came in without an event that asked for it: nobody's. */
  gifts: bigint;
  /** What the token refused to pass on, less what was fetched since. */
  owed: bigint;
}

/** A provider's security as the events tell it. */
export interface SecurityBooks {
  deposit: bigint;
  reserved: bigint;
}

/** A transfer that an event announced. */
interface Announced {
  readonly holder: string;
  readonly token: string;
  readonly account?: string;
  readonly amount?: bigint;
  readonly incoming: boolean;
  readonly order?: OrderBooks;
}

/** The books of a market, rebuilt event by event. */
export class Books {
  readonly orders = new Map<bigint, OrderBooks>();
  readonly claims: ClaimBooks[] = [];
  /** Address and present commission of every token that was ever listed. */
  readonly tokens = new Map<bigint, { readonly address: string; readonly commission: bigint }>();
  readonly security = new Map<bigint, SecurityBooks>();
  /** Commission taken and not fetched, by token. */
  readonly commission = new Map<bigint, bigint>();
  /** Accounts that a token once refused to pay, for both holders. */
  readonly refusedAccounts = new Set<string>();
  /** Sentences about what should not be, and the token they are about where they are about one. */
  private readonly doubts: { readonly token?: string; readonly sentence: string }[] = [];
  private readonly flows = new Map<string, Flows>();
  private readonly offers = new Map<bigint, { readonly provider: bigint; readonly token: bigint; compensation: bigint }>();
  private announced: Announced[] = [];
  /** What the next claim takes of parts that go on. */
  private drawn = new Map<bigint, bigint>();
  private transaction = "";
  private complete = false;

  constructor(private readonly holders: { readonly orderBook: string; readonly registry: string; readonly securityToken: string }) {}

  /** Books one event; events come in the chain's order. */
  post(event: BookEvent): void {
    if (event.transaction !== this.transaction) this.closeTransaction();
    this.transaction = event.transaction;
    if (event.source === "token") this.transfer(event);
    else if (event.source === "catalog") this.offer(event);
    else if (event.source === "registry") this.registered(event);
    else this.ordered(event);
  }

  /** Ends the books. @throws CloisterError `BooksIncomplete` when they do not begin with the market. */
  close(): void {
    this.closeTransaction();
    if (!this.complete) throw incomplete("the order book's first event is not among those read");
  }

  /** Sentences about what should not be. What tokens do that nobody can pay with is not the market's. */
  get faults(): string[] {
    const known = new Set([this.holders.securityToken, ...[...this.tokens.values()].map(({ address }) => address)]);
    return this.doubts.filter(({ token }) => token === undefined || known.has(token)).map(({ sentence }) => sentence);
  }

  /** The flows of the order book or the registry in a token (by address). */
  flowsOf(holder: "orderBook" | "registry", token: string): Flows {
    const key = `${this.holders[holder]}/${token}`;
    if (!this.flows.has(key)) this.flows.set(key, { in: 0n, out: 0n, gifts: 0n, owed: 0n });
    return this.flows.get(key)!;
  }

  private ordered({ name, args }: BookEvent): void {
    if (name === "DeadlinesSet" && BigInt(args.index as bigint) === 1n) this.complete = true;
    else if (name === "TokenListed") this.tokens.set(args.token as bigint, { address: lower(args.tokenAddress), commission: args.commission as bigint });
    else if (name === "OrderPlaced") this.placed(args);
    else if (name === "OrderReplenished") this.replenished(args);
    else if (name === "OrderStatusChanged") this.moved(this.orderOf(args), Number(args.to));
    else if (name === "ReportPublished") this.orderOf(args).reported = true;
    else if (name === "OrderFinished") {
      const { fault, usedSeconds } = args.record as { fault: bigint; usedSeconds: bigint };
      this.orderOf(args).finish = { fault: Number(fault), usedSeconds: Number(usedSeconds) };
    } else if (name === "OrderSettled") {
      const order = this.orderOf(args);
      order.settled = { seconds: Number(args.chargedSeconds), charged: args.charged as bigint };
      this.refund(order, args.refunded as bigint);
    } else if (name === "RefundOwed") this.owed("orderBook", this.tokenAddress(args.token as bigint), args);
    else if (name === "EarningsClaimed") {
      const [token, paid, commission] = [args.token, args.paid, args.commission] as bigint[];
      this.claims.push({ token: token!, paid: paid!, commission: commission!, parts: [...(args.parts as bigint[])], drawn: this.drawn, transaction: this.transaction });
      this.drawn = new Map();
      this.commission.set(token!, (this.commission.get(token!) ?? 0n) + commission!);
      this.announce({ holder: this.holders.orderBook, token: this.tokenAddress(token!), account: lower(args.receiver), amount: paid!, incoming: false });
    } else if (name === "EarningsDrawn") {
      const [part, amount] = [args.part, args.amount] as bigint[];
      const { drawn } = this.orderOf(args);
      drawn.set(part!, (drawn.get(part!) ?? 0n) + amount!);
      this.drawn.set(part!, amount!);
    } else if (name === "RetentionChanged") this.stored(this.orderOf(args), args.paid as bigint);
    else if (name === "StorageEnded" || name === "StorageRefunded") {
      const order = this.orderOf(args);
      order.storageChange -= args.refunded as bigint;
      this.announce({ holder: this.holders.orderBook, token: this.tokenAddress(order.token), account: order.customer, amount: args.refunded as bigint, incoming: false });
    } else if (name === "CommissionClaimed") {
      const [token, amount] = [args.token, args.amount] as bigint[];
      this.commission.set(token!, (this.commission.get(token!) ?? 0n) - amount!);
      this.announce({ holder: this.holders.orderBook, token: this.tokenAddress(token!), account: lower(args.receiver), amount: amount!, incoming: false });
    }
  }

  /** Somebody paid for a longer retention: into the deposit while the order runs, beside it later. */
  private stored(order: OrderBooks, paid: bigint): void {
    if (isFinal(order.status)) order.storageChange += paid;
    else order.deposit += paid;
    this.announce({ holder: this.holders.orderBook, token: this.tokenAddress(order.token), amount: paid, incoming: true });
  }

  private placed(args: BookEvent["args"]): void {
    const offer = this.offers.get(args.offer as bigint);
    if (!offer) throw incomplete(`offer ${String(args.offer)} was made before`);
    const order: OrderBooks = {
      id: args.order as bigint,
      customer: lower(args.customer),
      token: offer.token,
      provider: offer.provider,
      compensation: offer.compensation,
      commission: this.tokens.get(offer.token)?.commission ?? 0n,
      deposit: 0n,
      status: Number(args.status),
      reported: false,
      refunded: 0n,
      storageChange: 0n,
      drawn: new Map(),
    };
    this.orders.set(order.id, order);
    // A deposit of 0 is not transferred, so this announcement may stay open.
    this.announce({ holder: this.holders.orderBook, token: this.tokenAddress(offer.token), account: order.customer, incoming: true, order });
  }

  private replenished(args: BookEvent["args"]): void {
    const order = this.orderOf(args);
    const amount = args.amount as bigint;
    order.deposit += amount;
    if (order.deposit !== args.deposit) this.doubt(undefined, `Order ${order.id} holds ${order.deposit} by its events, and ${String(args.deposit)} as OrderReplenished says in ${this.transaction}.`);
    this.announce({ holder: this.holders.orderBook, token: this.tokenAddress(order.token), account: lower(args.by), amount, incoming: true });
  }

  private moved(order: OrderBooks, to: number): void {
    const from = order.status;
    order.status = to;
    const security = this.securityOf(order.provider);
    if (to === OrderStatus.Processing) security.reserved += order.compensation;
    if (!isFinal(to)) return;
    if (from === OrderStatus.Processing || from === OrderStatus.Canceling) security.reserved -= order.compensation;
    // A reported order's division follows in its own event.
    if (!order.reported) this.refund(order, order.deposit);
  }

  private refund(order: OrderBooks, amount: bigint): void {
    order.refunded = amount;
    this.announce({ holder: this.holders.orderBook, token: this.tokenAddress(order.token), account: order.customer, amount, incoming: false });
  }

  private registered({ name, args }: BookEvent): void {
    const { registry: holder, securityToken: token } = this.holders;
    const amount = args.amount as bigint;
    if (name === "CompensationOwed") return this.owed("registry", token, args);
    if (!["SecurityDeposited", "SecurityWithdrawn", "CompensationPaid"].includes(name)) return;
    const provider = args.provider as bigint;
    const security = this.securityOf(provider);
    const incoming = name === "SecurityDeposited";
    security.deposit += incoming ? amount : -amount;
    if (security.deposit !== args.deposit) this.doubt(undefined, `Provider ${provider}'s security deposit is ${security.deposit} by its events, and ${String(args.deposit)} as ${name} says in ${this.transaction}.`);
    const account = incoming ? lower(args.payer) : name === "CompensationPaid" ? lower(args.customer) : undefined;
    this.announce({ holder, token, account, amount, incoming });
  }

  private offer({ name, args }: BookEvent): void {
    const id = args.offer as bigint;
    if (name === "OfferCreated") this.offers.set(id, { provider: args.provider as bigint, token: args.token as bigint, compensation: 0n });
    const offer = this.offers.get(id);
    if (name === "MachineSet" && offer) offer.compensation = args.compensation as bigint;
  }

  /** A transfer to or from a holder is one that an event announced in the same transaction, a gift, or something owed that was fetched. */
  private transfer({ address, args }: BookEvent): void {
    const [from, to, value] = [lower(args.from), lower(args.to), args.value as bigint];
    if (value === 0n) return;
    for (const holder of ["orderBook", "registry"] as const) {
      const own = this.holders[holder];
      for (const incoming of [true, false]) {
        if ((incoming ? to : from) !== own) continue;
        const flows = this.flowsOf(holder, address);
        if (incoming) flows.in += value;
        else flows.out += value;
        const other = incoming ? from : to;
        const announced = this.take((one) => one.holder === own && one.token === address && one.incoming === incoming && (one.account ?? other) === other && (one.amount ?? value) === value);
        if (announced?.order) announced.order.deposit = value;
        if (announced) continue;
        if (incoming) flows.gifts += value;
        else if (flows.owed >= value) flows.owed -= value;
        else this.doubt(address, `${value} units of token ${address} left the ${holder === "orderBook" ? "order book" : "registry"} in ${this.transaction}, and no event says why.`);
      }
    }
  }

  private owed(holder: "orderBook" | "registry", token: string, args: BookEvent["args"]): void {
    const [customer, amount] = [lower(args.customer), args.amount as bigint];
    this.refusedAccounts.add(customer);
    this.flowsOf(holder, token).owed += amount;
    const own = this.holders[holder];
    if (!this.take((one) => one.holder === own && one.token === token && one.account === customer && one.amount === amount && !one.incoming)) {
      this.doubt(token, `${amount} units of token ${token} are said to be owed to ${customer} in ${this.transaction}, and no event says for what.`);
    }
  }

  private doubt(token: string | undefined, sentence: string): void {
    this.doubts.push({ ...(token !== undefined && { token }), sentence });
  }

  private announce(one: Announced): void {
    if (one.amount !== 0n) this.announced.push(one);
  }

  private take(matches: (one: Announced) => boolean): Announced | undefined {
    const index = this.announced.findIndex(matches);
    return index < 0 ? undefined : this.announced.splice(index, 1)[0];
  }

  private closeTransaction(): void {
    for (const { amount, account, token } of this.announced) {
      if (amount !== undefined) this.doubt(token, `${amount} units of token ${token} were announced ${account === undefined ? "" : `for ${account} `}in ${this.transaction}, and were not moved.`);
    }
    this.announced = [];
  }

  private orderOf(args: BookEvent["args"]): OrderBooks {
    const order = this.orders.get(args.order as bigint);
    if (order) return order;
    throw incomplete(`order ${String(args.order)} was placed before`);
  }

  private securityOf(provider: bigint): SecurityBooks {
    if (!this.security.has(provider)) this.security.set(provider, { deposit: 0n, reserved: 0n });
    return this.security.get(provider)!;
  }

  private tokenAddress(token: bigint): string {
    const known = this.tokens.get(token);
    if (known) return known.address;
    throw incomplete(`token ${token} was listed before`);
  }
}

function incomplete(why: string): CloisterError {
  return new CloisterError("BooksIncomplete", `The books do not begin with the market: ${why}.`, "Begin at or before the block in which the market was deployed (--from), and use a node that keeps all events.");
}

function lower(address: unknown): string {
  return String(address).toLowerCase();
}
