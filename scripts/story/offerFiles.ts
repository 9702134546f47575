// SPDX-License-Identifier: Apache-2.0

/** Bob's offer-info.json: the guide's, with a name and a description. */
export const DATA_OFFER = {
  name: "Blood pressure of 5,000 patients",
  group: "0",
  offerType: "3",
  cancelable: false,
  description: "Age, BMI, sodium, exercise, smoking and systolic blood pressure. Used only by solutions that I have read.",
  restrictions: { offers: [], types: [] },
  input: "",
  output: "",
  allowedArgs: "",
  allowedAccounts: [],
  argsPublicKey: "",
  resultResource: "",
  subType: "0",
  version: { version: 1, status: "0", info: { metadata: { groupingOffers: true } } },
} as const;

/** Bob's slot-info.json: the guide's, with a price of 2 tokens. */
export const DATA_SLOT = {
  info: { cpuCores: 0, gpuCores: 0, diskUsage: 10485760, ram: 0, vram: 0 },
  usage: { maxTimeMinutes: 0, minTimeMinutes: 15000, price: "2000000000000000000", priceType: "1" },
  option: { bandwidth: 0, externalPort: 0, traffic: 0 },
} as const;
