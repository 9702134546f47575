// SPDX-License-Identifier: Apache-2.0
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import type { Market } from "../../chain/market";
import { deviceIds, isDeviceValid, revokeDevice } from "../../chain/running";
import { carry, type Patience } from "./carry";

/**
 * The devices that this machine registered, in a file beside its state. A restarted loader has new keys: the devices of its forerunners
 * are revoked, so that customers seal nothing to them and the offer's four places do not run out.
 */
export class OwnDevices {
  constructor(private readonly file: string) {}

  /** Remembers a device before it is registered: whatever happens next, the machine knows it as its own. */
  async remember(device: string): Promise<void> {
    await this.write([...new Set([...(await this.read()), device])]);
  }

  /** Revokes the offer's other valid devices: those of this machine, or with `all` whoever's they are. Returns how many. */
  async revokeOthers(market: Market, offer: bigint, device: string, all: boolean, patience: Patience): Promise<number> {
    const own = await this.read();
    let revoked = 0;
    for (const id of await deviceIds(market, offer)) {
      if (id === device || !(all || own.includes(id)) || !(await isDeviceValid(market, id))) continue;
      await carry({ what: "the revocation of an earlier device", done: async () => !(await isDeviceValid(market, id)), send: () => revokeDevice(market, id) }, patience);
      revoked += 1;
    }
    await this.write([device]);
    return revoked;
  }

  private async read(): Promise<string[]> {
    try {
      return JSON.parse(await readFile(this.file, "utf8")) as string[];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  private async write(devices: readonly string[]): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    await writeFile(`${this.file}.new`, `${JSON.stringify(devices)}\n`, { mode: 0o600 });
    await rename(`${this.file}.new`, this.file);
  }
}
