// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const teeRenew = defineCommand({
  noun: "tee",
  verb: "renew",
  summary: "Let a running machine renew its certificate now",
  role: "machine owner",
  example: "tee renew --offer 1",
  notes: "A machine renews by itself at two thirds of its certificate's life. This asks for it now, e.g. after the authority moved to another sub CA. Running orders keep their keys and get new certificates.",
  options: { offer: text("compute offer; by default machine.offer of the configuration", { placeholder: "id" }) },
  async run(context, given) {
    const { join } = await import("node:path");
    const { setTimeout: sleep } = await import("node:timers/promises");
    const { devicesOf } = await import("../../chain/devices");
    const { section } = await import("../../core/config");
    const { CloisterError } = await import("../../core/errors");
    const { machineOffer } = await import("../connect");
    const { runningMachine } = await import("./machineLock");
    const machine = section(await context.config(), "machine");
    const offer = machineOffer(given.offer, machine.offer);
    const market = await context.market();
    const directory = join(machine.state, `offer-${offer}`);
    const running = await runningMachine(directory);
    if (running === undefined) throw new CloisterError("MachineNotRunning", `No process here serves compute offer ${offer} from ${directory}.`, "Start it with `tee run`: it certifies its device by itself.", { offer });
    const ends = async () => Math.max(0, ...(await devicesOf(market, offer)).filter(({ revoked }) => !revoked).map(({ validUntil }) => validUntil));
    const before = await ends();
    process.kill(running.pid, "SIGUSR2");
    for (const until = Date.now() + 60_000; Date.now() < until; await sleep(200)) {
      const now = await ends();
      if (now > before) return { offer, process: running.pid, validUntil: new Date(now * 1000).toISOString() };
    }
    throw new CloisterError("RenewalFailed", `The machine of compute offer ${offer} did not renew its certificate within 60 s.`, "See what it says: the certification authority may be away.", { offer });
  },
  print({ offer, validUntil }, out) {
    out.line(`The device of compute offer ${offer} was renewed, until ${validUntil}`);
  },
});
