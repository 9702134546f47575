// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const teeStatus = defineCommand({
  noun: "tee",
  verb: "status",
  summary: "Show a machine: its process, its devices, what runs and what waits",
  role: "machine owner",
  example: "tee status --offer 1",
  options: { offer: text("compute offer; by default machine.offer of the configuration", { placeholder: "id" }) },
  async run(context, given) {
    const { join } = await import("node:path");
    const { devicesOf } = await import("../../chain/devices");
    const { getOffer } = await import("../../chain/offers");
    const { getOrder } = await import("../../chain/orders");
    const { inParallel } = await import("../../chain/parallel");
    const { isDeviceValid, ordersOfOffer } = await import("../../chain/running");
    const { section } = await import("../../core/config");
    const { isFinal, orderStatusName } = await import("../../core/orderStatus");
    const { machineOffer } = await import("../connect");
    const { runningMachine } = await import("./machineLock");
    const machine = section(await context.config(), "machine");
    const offer = machineOffer(given.offer, machine.offer);
    const market = await context.market();
    await getOffer(market, offer);
    const latest = await market.provider.getBlockNumber();
    const devices = await Promise.all(
      (await devicesOf(market, offer)).map(async ({ device, validUntil, revoked }) => ({ device, validUntil: new Date(validUntil * 1000).toISOString(), revoked, valid: await isDeviceValid(market, device) })),
    );
    const orders = (await inParallel(await ordersOfOffer(market, offer, latest), (id) => getOrder(market, id))).filter(({ status }) => !isFinal(status));
    const running = await runningMachine(join(machine.state, `offer-${offer}`));
    return { offer, process: running?.pid, devices, orders: orders.map(({ id, status, reported, service }) => ({ id, status: orderStatusName(status), reported, service })) };
  },
  print({ offer, process: pid, devices, orders }, out) {
    out.line(pid === undefined ? `No process here serves compute offer ${offer}` : `Process ${pid} serves compute offer ${offer}`);
    for (const { device, validUntil, revoked, valid } of devices) out.line(`device ${device}: ${valid ? "valid" : revoked ? "revoked" : "not valid"}, certificate until ${validUntil}`);
    for (const { id, status, reported, service } of orders) out.line(`order ${id}: ${status}${reported ? ", reported" : ""}${service ? ", a service" : ""}`);
    if (orders.length === 0) out.line("No order runs or waits");
  },
});
