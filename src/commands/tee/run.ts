// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, number, text } from "../command";

export const teeRun = defineCommand({
  noun: "tee",
  verb: "run",
  summary: "Run a machine: take the orders of a compute offer",
  role: "machine owner",
  example: "tee run --offer 1",
  notes: "Starts the platform (SIMULATED unless --evidence tsm is given), which measures and starts the trusted loader; has the device certified and registered; then takes orders until it is stopped with Ctrl-C. If the loader ends, so does this command: start it again (a service manager does) and it ends on chain what was lost. One machine serves one offer.",
  options: {
    offer: text("compute offer; by default machine.offer of the configuration", { placeholder: "id" }),
    runner: text("auto, bubblewrap, namespaces or unisolated", { choices: ["auto", "bubblewrap", "namespaces", "unisolated"] }),
    allowUnisolated: flag("go on where the system permits no isolation; every line and report then says UNISOLATED"),
    evidence: text("where evidence comes from: simulated, or tsm (the kernel of a real TDX or SEV-SNP guest)", { choices: ["simulated", "tsm"], default: "simulated" }),
    collateral: text("with --evidence tsm: the platform's collateral, an entry of a trust file", { placeholder: "path" }),
    interval: number("milliseconds between two looks at the chain", { default: 100 }),
    checkpointSeconds: number("seconds between two checkpoints of a service; more often where the market demands it", { default: 900 }),
    drainSeconds: number("seconds that running orders get to end when the machine is stopped; then it signs that it failed them", { default: 60 }),
    stallSeconds: number("seconds after which a store that moves nothing is given up", { default: 60 }),
    takeOver: flag("revoke all other devices of the offer, and end the orders that they ran: only where no other machine serves it"),
  },
  async run(context, given) {
    const { mkdir } = await import("node:fs/promises");
    const { join } = await import("node:path");
    const { section } = await import("../../core/config");
    const { runMachine } = await import("../../tee/controller/controller");
    const { requestDeviceCertificate } = await import("../../tee/certificationClient");
    const { machineOffer } = await import("../connect");
    const { bundlePath } = await import("./bundles");
    const { takeMachine } = await import("./machineLock");
    const machine = section(await context.config(), "machine");
    const market = await context.market("account");
    const offer = machineOffer(given.offer, machine.offer);
    // Of this offer alone: one platform may serve several offers, each with a loader of its own.
    const own = join(machine.state, `offer-${offer}`);
    await mkdir(own, { recursive: true, mode: 0o700 });
    const renewNow = new EventTarget();
    const renew = () => void renewNow.dispatchEvent(new Event("renew"));
    process.on("SIGUSR2", renew);
    context.onEnd(() => process.off("SIGUSR2", renew));
    await runMachine(
      {
        market,
        offer,
        store: await context.store(),
        work: join(own, "work"),
        state: join(machine.state, "platform"),
        platform: bundlePath("tee-platform.js"),
        loader: bundlePath("tee-loader.js"),
        runner: given.runner ?? machine.runner ?? "auto",
        allowUnisolated: given.allowUnisolated || machine.allowUnisolated === true || context.surroundings.env.CLOISTER_ALLOW_UNISOLATED === "1",
        memoryBytes: machine.memoryBytes,
        evidence: given.evidence === "tsm" ? "tsm" : "simulated",
        ...(given.collateral !== undefined && { collateral: context.path(given.collateral) }),
        certify: (request) => requestDeviceCertificate(machine.authority, request),
        claim: async () => context.onEnd(await takeMachine(own)),
        renewNow,
        interval: given.interval,
        checkpointSeconds: Math.max(1, given.checkpointSeconds),
        drainSeconds: given.drainSeconds,
        stallMilliseconds: Math.max(1, given.stallSeconds) * 1000,
        takeOver: given.takeOver,
        signal: context.signal,
        log: (line) => context.message(line),
      },
      (device) => context.message(`machine ready: device ${device} serves compute offer ${offer}`),
    );
    return { offer, stopped: true };
  },
  print({ offer }, out) {
    out.line(`The machine of compute offer ${offer} was stopped`);
  },
});
