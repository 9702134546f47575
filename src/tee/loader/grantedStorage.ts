// SPDX-License-Identifier: Apache-2.0
import { assertStorageGrant, assertStorageGrantLives, readStorageGrant } from "../../core/storageGrant";
import { openJson } from "../../crypto/seal";
import { narrowToken } from "../../store/token";
import { describe } from "./failure";
import type { ControllerMessage, GrantedStore, LoaderMessage, RunOrder } from "./protocol";

type Grants = Extract<ControllerMessage, { type: "grants" }>["grants"];

/** What the storage of one order needs of its loader. */
export interface GrantedSource {
  readonly order: RunOrder;
  /** Age identity of the device. */
  readonly identity: string;
  readonly now: () => Date;
  readonly send: (message: LoaderMessage) => void;
}

/** What was found: the store to use first, and one line for each grant that is not used. */
export interface FoundStorage {
  readonly store?: GrantedStore;
  readonly notes: readonly string[];
}

/** How long a controller may take to look at the chain, in milliseconds: a result must not wait for it. */
const PATIENCE = 30_000;

/** The storage that was bought for an order's result, as far as its store has granted it to this device. */
export class GrantedStorage {
  private asking: { answer: Promise<Grants | undefined>; answered: (grants?: Grants) => void } | undefined;
  private closed = false;
  private readonly told = new Set<string>();

  constructor(
    private readonly source: GrantedSource,
    private readonly patience = PATIENCE,
  ) {}

  /**
   * The storage to use for a result now. Each grant must be sealed to this device, for this very storage, and still be valid; the newest
   * that is counts. Never throws: without one the result goes where the sealed arguments say.
   */
  async find(): Promise<FoundStorage> {
    const { order, send } = this.source;
    const parts = order.storage ?? [];
    if (parts.length === 0 || this.closed) return { notes: [] };
    const grants = await this.ask();
    const notes: string[] = [];
    let store: GrantedStore | undefined;
    for (const { suborder, offer } of parts) {
      const given = grants?.filter((grant) => grant.suborder === suborder) ?? [];
      if (given.length === 0) notes.push(grants === undefined ? `Nobody said whether storage suborder ${suborder} was granted.` : `Storage suborder ${suborder} was not granted.`);
      for (const { grant } of given) {
        try {
          store = await this.open(grant, suborder, offer);
          break;
        } catch (error) {
          notes.push(`A grant of storage suborder ${suborder} is not used: ${describe(error)}`);
        }
      }
      if (store !== undefined) break;
    }
    for (const line of notes.filter((note) => !this.told.has(note))) {
      this.told.add(line);
      send({ type: "note", id: order.id, line });
    }
    return { store, notes };
  }

  /** The controller's answer. */
  bring(grants: Grants): void {
    this.asking?.answered(grants);
  }

  /** Nobody is there any more to answer. */
  close(): void {
    this.closed = true;
    this.asking?.answered();
  }

  private async open(sealed: string, suborder: string, offer: string): Promise<GrantedStore> {
    const { order, identity, now } = this.source;
    const grant = readStorageGrant(await openJson(Buffer.from(sealed, "base64"), identity));
    assertStorageGrant(grant, { chainId: order.chainId, orderBook: order.orderBook, order: order.order, suborder, offer });
    assertStorageGrantLives(grant, now());
    // The controller, which uses it, is not to read with it, nor to remove.
    return { suborder, url: grant.store.url, token: narrowToken(grant.store.token, { rights: ["write"], notAfter: grant.notAfter }) };
  }

  /** Undefined where nobody answers in time. Two that ask at once get the same answer. */
  private ask(): Promise<Grants | undefined> {
    if (this.asking !== undefined) return this.asking.answer;
    let answered: (grants?: Grants) => void = () => undefined;
    const answer = new Promise<Grants | undefined>((resolve) => {
      const late = setTimeout(() => resolve(undefined), this.patience);
      answered = (grants) => {
        clearTimeout(late);
        resolve(grants);
      };
    }).finally(() => (this.asking = undefined));
    this.asking = { answer, answered };
    this.source.send({ type: "storage", id: this.source.order.id });
    return answer;
  }
}
