// SPDX-License-Identifier: Apache-2.0

/** The files of the collaboration guide, character for character as it prints them. */
export const OFFER_INFO = `{
   "name":"Offer name",
   "group":"0",
   "offerType":"3",
   "cancelable":false,
   "description":"Offer description",
   "restrictions":{
      "offers":[         
      ],
      "types":[         
      ]
   },
   "input":"",
   "output":"",
   "allowedArgs":"",
   "allowedAccounts":[      
   ],
   "argsPublicKey":"",
   "resultResource":"",
   "subType":"0",
   "version":{
      "version":1,
      "status":"0",
      "info":{
         "metadata":{
            "groupingOffers":true
         }
      }
   }
}
`;

export const SLOT_INFO = `{
    "info": { "cpuCores": 0, "gpuCores": 0, "diskUsage": 10485760, "ram": 0, "vram": 0 },
    "usage": {
      "maxTimeMinutes": 0,
      "minTimeMinutes": 15000,
      "price": "0",
      "priceType": "1"
    },
    "option": { "bandwidth": 0, "externalPort": 0, "traffic": 0 }
}
`;

/** A resource file as `files upload` writes it; `digit` makes another content. */
export function resourceFile(digit: string, more: object = {}): object {
  return {
    resource: { type: "STORAGE_PROVIDER", storageType: "DIRECTORY", filepath: "a".repeat(64), credentials: { path: "/store" } },
    encryption: { algo: "age", encoding: "bech32", key: `AGE-SECRET-KEY-1${"Q".repeat(58)}` },
    hash: { algo: "sha256", hash: digit.repeat(64), encoding: "hex" },
    size: 12901,
    filename: "dataset.tar",
    kind: "directory",
    ...more,
  };
}

/** A machine of four cores, and a slot of one. */
export const TEE_OFFER_INFO = {
  name: "A machine",
  description: "Four cores",
  hardwareInfo: {
    slotInfo: { cpuCores: 4, gpuCores: 0, diskUsage: 40 * 2 ** 30, ram: 8 * 2 ** 30, vram: 0 },
    optionInfo: { bandwidth: 1_000_000_000, externalPort: 1, traffic: 0 },
  },
  compensation: "5000000000000000000",
};
export const TEE_SLOT_INFO = {
  info: { cpuCores: 1, gpuCores: 0, diskUsage: 2 ** 30, ram: 2 ** 30, vram: 0 },
  usage: { maxTimeMinutes: 0, minTimeMinutes: 10, price: "500000000000000000", priceType: "0" },
  option: { bandwidth: 0, externalPort: 0, traffic: 0 },
};
export const TEE_OPTION_INFO = { info: { bandwidth: 100_000_000, externalPort: 0, traffic: 0 }, usage: { maxTimeMinutes: 0, minTimeMinutes: 0, price: "1000", priceType: "0" } };
