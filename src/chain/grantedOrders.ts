// SPDX-License-Identifier: Apache-2.0
import type { LogDescription } from "ethers";

import { isFinal } from "../core/orderStatus";
import { eventsOf } from "./events";
import { type LogQuery, readLogs } from "./logRanges";
import type { Market } from "./market";
import { blockTime, getSuborder, type SuborderView } from "./orders";
import { isDeviceValid } from "./running";

/** A granted storage part of an order that has no report yet. */
interface Granted {
  readonly suborder: bigint;
  readonly order: bigint;
  /** Block of the last grant. */
  readonly block: number;
  /** Devices that the order was sealed to and the last grant was not, because their certificates had lapsed then. */
  readonly returned: ReadonlySet<string>;
  /** Devices that are new since the last grant. */
  readonly fresh: ReadonlySet<string>;
}

/** What a change among a machine's devices means for a granted order. */
export interface Outrun {
  readonly suborder: SuborderView;
  /** `returned`: a device may run the order and cannot open the grant. `replaced`: no device is left that could run it. */
  readonly change: "returned" | "replaced";
}

/**
 * The granted orders of a provider's storage whose machines' devices changed since the grant. Only a device that was registered when an
 * order was placed can open what its customer sealed, so only such a one has a use for another grant: a device whose certificate had
 * lapsed when the grant was sealed, and was renewed since. Nothing is kept but in memory: whoever starts anew finds the same on the chain.
 */
export class GrantedOrders {
  private from = 0;
  /** Orders that run and have no report: machine's offer, and the block of their placing. */
  private orders = new Map<bigint, { readonly offer: bigint; readonly block: number }>();
  private granted = new Map<bigint, Granted>();
  /** Of each device: its offer, the block in which it came first, and the end of its last certificate in Unix seconds. */
  private devices = new Map<string, { readonly offer: bigint; readonly first: number; readonly validUntil: number }>();

  constructor(
    private readonly market: Market,
    private readonly provider: bigint,
    private readonly signal: AbortSignal,
  ) {}

  /** Reads on to the chain's last block. Returns what has to be done, oldest first; it is told until a new grant or {@link drop}. */
  async look(): Promise<Outrun[]> {
    const to = await this.market.provider.getBlockNumber();
    if (to < this.from - 1) this.forget();
    try {
      for await (const logs of readLogs(this.market, await this.queries(), { from: this.from, to, signal: this.signal })) {
        for (const log of logs) for (const event of eventsOf([log])) await this.take(event, log.blockNumber);
      }
      this.from = Math.max(this.from, to + 1);
    } catch (error) {
      // A look that fails halfway is made again from the beginning.
      this.forget();
      throw error;
    }
    const found: Outrun[] = [];
    for (const { suborder, order, returned, fresh } of this.granted.values()) {
      if (returned.size === 0 && fresh.size === 0) continue;
      const part = await getSuborder(this.market, suborder);
      if (part.provider !== this.provider) this.drop(suborder);
      else if (await this.anyValid(returned)) found.push({ suborder: part, change: "returned" });
      else if (fresh.size > 0 && !(await this.anyValid(this.sealedTo(order)))) found.push({ suborder: part, change: "replaced" });
    }
    return found.sort((a, b) => Number(a.suborder.id - b.suborder.id));
  }

  /** Nothing more is to be told of the suborder until it is granted again. */
  drop(suborder: bigint): void {
    this.granted.delete(suborder);
  }

  private forget(): void {
    this.from = 0;
    for (const known of [this.orders, this.granted, this.devices]) known.clear();
  }

  private async queries(): Promise<LogQuery[]> {
    const { orderBook, attestation, address } = this.market;
    const { OrderPlaced, OrderStatusChanged, ReportPublished, StorageGranted, StorageReceived, StorageEnded } = orderBook.filters;
    const ofBook = [OrderPlaced(), OrderStatusChanged(), ReportPublished(), StorageGranted(), StorageReceived(), StorageEnded()];
    const queries = ofBook.map(async (filter) => ({ address: address.contracts.orderBook, topics: await filter.getTopicFilter() }));
    return Promise.all([...queries, (async () => ({ address: address.contracts.attestation, topics: await attestation.filters.DeviceRegistered().getTopicFilter() }))()]);
  }

  private async take({ name, args }: LogDescription, block: number): Promise<void> {
    const id = args.order as bigint;
    if (name === "DeviceRegistered") return this.register(String(args.device), args.offer as bigint, Number(args.validUntil), block);
    if (name === "OrderPlaced") {
      if (!isFinal(Number(args.status))) this.orders.set(id, { offer: args.offer as bigint, block });
    } else if (name === "StorageGranted") {
      const suborder = args.suborder as bigint;
      if (this.orders.has(id)) this.granted.set(suborder, { suborder, order: id, block, returned: new Set(), fresh: new Set() });
    } else if (name === "StorageReceived" || name === "StorageEnded") this.granted.delete(args.suborder as bigint);
    else if (name === "ReportPublished" || isFinal(Number(args.to))) {
      this.orders.delete(id);
      for (const { suborder, order } of this.granted.values()) if (order === id) this.granted.delete(suborder);
    }
  }

  private async register(device: string, offer: bigint, validUntil: number, block: number): Promise<void> {
    const before = this.devices.get(device);
    this.devices.set(device, { offer, validUntil, first: before?.first ?? block });
    for (const granted of this.granted.values()) {
      const order = this.orders.get(granted.order)!;
      if (order.offer !== offer) continue;
      const set = (change: Partial<Granted>) => this.granted.set(granted.suborder, { ...granted, ...change });
      if (before === undefined) set({ fresh: new Set([...granted.fresh, device]) });
      else if (before.first <= order.block && before.validUntil <= (await blockTime(this.market, granted.block))) set({ returned: new Set([...granted.returned, device]) });
    }
  }

  /** The devices that an order's customer could seal to. */
  private sealedTo(id: bigint): string[] {
    const { offer, block } = this.orders.get(id)!;
    return [...this.devices].filter(([, device]) => device.offer === offer && device.first <= block).map(([device]) => device);
  }

  private async anyValid(devices: Iterable<string>): Promise<boolean> {
    for (const device of devices) if (await isDeviceValid(this.market, device)) return true;
    return false;
  }
}
