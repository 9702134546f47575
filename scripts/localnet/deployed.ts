// SPDX-License-Identifier: Apache-2.0

interface Deployed {
  getAddress(): Promise<string>;
}

/** The addresses of a deployed market, as configurations have them under `blockchain`. */
export async function addressesOf(market: Readonly<Record<"registry" | "catalog" | "orderBook" | "attestation" | "token" | "lens" | "rewardPool", Deployed>>) {
  const [registry, catalog, orderBook, attestation, token, lens, rewardPool] = await Promise.all(
    (["registry", "catalog", "orderBook", "attestation", "token", "lens", "rewardPool"] as const).map((name) => market[name].getAddress()),
  );
  return { contracts: { registry, catalog, orderBook, attestation, token }, lens, rewardPool };
}
