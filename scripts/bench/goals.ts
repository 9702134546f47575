// SPDX-License-Identifier: Apache-2.0

/** What a step is to cost: our target, the theoretical floor, and what other markets pay for the nearest thing they have. */
export interface Goal {
  readonly what: string;
  /** Gas; missing where only the figure is of interest. */
  readonly target?: number | undefined;
  readonly floor?: number | undefined;
  readonly peers?: Readonly<Record<string, number>> | undefined;
}

/**
 * Targets of the design. Floors: base, calldata, the words that must be written, one token transfer and the event, nothing else:
 * completing 33,500 and 14,400 for 600 B in calldata and event; accepting three updated words, two calls and an event; finishing
 * 44,600 and one P-256 check of 16,800; ten claims 37,200 and ten times one updated and one read word; the collaboration their sum.
 * Peers were measured the same way (whole transaction, cold storage, steady state).
 */
export const GOALS: Readonly<Record<string, Goal>> = {
  placeWorkflow: {
    what: "place compute, solution, data and storage in one transaction, deposit pulled, 800 B of sealed arguments in the event",
    target: 295_000,
    floor: 255_000,
    peers: { "iExec PoCo matchOrders (deposit apart)": 734_414, "iExec PoCo matchOrdersBoost": 482_674, "Fluence deployDeal and matchDeal, 4 units": 1_924_836, "Sablier Flow, batch of 4": 503_129, "Ocean createLocks, 4": 568_074 },
  },
  placeByPointer: { what: "the same, sealed arguments by pointer (100 B)" },
  placeChosen: { what: "the same by pointer, the contract takes the cheapest of 16 machines", target: 445_000 },
  placeCollaboration: { what: "place the seed's collaboration (compute and one data offer, own solution), 800 B of sealed arguments" },
  addedSuborder: { what: "each further suborder, of another provider", target: 34_000, floor: 25_200, peers: { "Sablier Flow, each stream of a batch": 125_800 } },
  completeSuborder: { what: "approve a data suborder, 600 B of key release in the event; the order becomes New", target: 63_000, floor: 48_000, peers: { "iExec PoCo, pre-sign an order on chain (least)": 76_863 } },
  acceptOrder: { what: "accept: machine share taken, compensation reserved", target: 65_000, floor: 43_000, peers: { "Fluence setWorker (least)": 142_738, "iExec PoCo initialize": 225_504 } },
  publishReport: {
    what: "publish and verify the report, device known, envelope (0.9 kB) and order certificate (550 B) in the event",
    target: 100_000,
    floor: 37_825,
    peers: { "zk-verified DCAP, SP1 Groth16": 493_000, "zk-verified DCAP, SP1 Plonk": 569_000, "full DCAP on chain": 4_000_000 },
  },
  publishReportByPointer: { what: "the same without the texts" },
  finishOrder: { what: "finish (signature checked), settle and refund, four parts", target: 112_000, floor: 61_500, peers: { "Oyster jobClose, nothing verified": 105_091 } },
  finishCollaboration: { what: "finish the seed's collaboration" },
  cancelOrder: { what: "cancel a waiting order, full refund", target: 58_000, peers: { "iExec PoCo claim": 181_531, "Ocean cancelExpiredLock": 79_968 } },
  expireOrder: { what: "expire an order that waited too long, full refund", target: 58_000, peers: { "iExec PoCo claim": 181_531 } },
  claimOne: { what: "claim one suborder", target: 71_600, floor: 44_627, peers: { "Oyster jobSettle": 66_374, "Sablier Flow withdrawMax": 88_247 } },
  claimTen: { what: "claim ten suborders of ten orders", target: 167_000, floor: 117_000, peers: { "Oyster jobSettle, ten times": 663_740, "Sablier Flow withdrawMax, ten times": 882_470 } },
  collaboration: {
    what: "the seed's collaboration, place to last claim (1+1, texts on chain)",
    target: 700_000,
    floor: 505_000,
    peers: { "iExec PoCo classic": 1_600_000, "iExec PoCo boost": 730_000 },
  },
  wholeOfFour: { what: "compute, solution, data and storage, place to last of four claims", target: 920_000 },
  registerDevice: { what: "register a device by its certificate chain (500 B), its CA known", target: 170_000, peers: { "full DCAP on chain": 4_000_000 } },
  registerDeviceWithQuote: { what: "the same, certificate with the quote inside (4.2 kB)", target: 235_000 },
  registerProvider: { what: "register a provider", peers: { "iExec PoCo create workerpool": 577_217 } },
  createComputeOffer: { what: "create a compute offer", peers: { "Fluence registerMarketOffer": 348_404 } },
  addSlot: { what: "add a slot" },
};
