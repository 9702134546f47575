// SPDX-License-Identifier: Apache-2.0
import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

/**
 * The contracts of a marketplace, in the order in which they need each other. Parameters (deploy/parameters/*.json):
 * the administrator, the security and payment token (default: a new MarketToken), the commission and the waiting times.
 * Immutable contracts: a new version is a new book beside the old.
 */
export default buildModule("Market", (m) => {
  const administrator = m.getParameter("administrator", m.getAccount(0));
  const commission = m.getParameter("commission", 300);
  const deadlines = m.getParameter("deadlines", { approval: 4320, accept: 1440, report: 60, grace: 60, cancel: 60, checkpoint: 120, receipt: 1440 });

  const access = m.contract("AccessManager", [administrator]);
  const token = m.contract("MarketToken", [administrator, m.getParameter("supply", 1_000_000_000n * 10n ** 18n)]);
  const registry = m.contract("ProviderRegistry", [access, token]);
  const catalog = m.contract("OfferCatalog", [access, registry]);
  const attestation = m.contract("Attestation", [access, catalog]);
  const reader = m.contract("OrderReader", [access, catalog, registry, attestation]);
  const annex = m.contract("OrderAnnex", [access, catalog, registry, attestation, reader]);
  const book = m.contract("OrderBook", [access, catalog, registry, attestation, annex, administrator, deadlines]);
  // The book answers to all of its interface; its code goes on in the annex and the reader.
  const orderBook = m.contractAt("IOrderBook", book, { id: "WholeOrderBook" });

  const rewardPool = m.contract("RewardPool", [orderBook, registry]);
  const lens = m.contract("MarketplaceLens", [orderBook, catalog, registry]);

  m.call(catalog, "enrollBook", [orderBook]);
  m.call(orderBook, "listToken", [token, commission, true]);

  return { access, token, registry, catalog, attestation, orderBook, rewardPool, lens };
});
