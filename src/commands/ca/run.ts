// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";

import { defineCommand, number, text, wrongUsage } from "../command";

export const caRun = defineCommand({
  noun: "ca",
  verb: "run",
  summary: "Run the sub CA: certify devices after verifying their evidence",
  role: "operator",
  example: "ca run --directory ./ca --port 8547",
  notes: "Serves POST /devices, GET /root, GET /crl (DER) and GET /log. Needs the sub CA's directory only, never the root's key. Reference values and roots come from the trust file of the configuration, read anew for every request. Put a TLS server in front of it where it is reached over a network.",
  options: {
    directory: text("the authority's directory", { default: "ca", placeholder: "path" }),
    host: text("address to listen on", { default: "127.0.0.1" }),
    port: number("port to listen on; 0 takes a free one", { default: 8547 }),
    lifetimeHours: number("how long a device certificate lives; machines renew at two thirds of it", { default: 24 }),
    lifetimeSeconds: number("the same in seconds, for trials"),
    listHours: number("for how long a revocation list is good", { default: 24 }),
  },
  async run(context, { directory, host, port, lifetimeHours, lifetimeSeconds, listHours }) {
    const { certificationService } = await import("../../tee/certificationService");
    const { openTrust } = await import("../connect");
    const { readAuthority, logOf } = await import("./state");
    const { listen } = await import("../listening");
    const lifetime = lifetimeSeconds ?? lifetimeHours * 3600;
    if (lifetime === 0) throw wrongUsage("A device certificate must live for 1 second or more.", "Raise --lifetime-hours, or --lifetime-seconds.");
    if (listHours === 0) throw wrongUsage("--list-hours must be 1 or more.");
    const path = context.path(directory);
    const server = certificationService({
      authority: await readAuthority(path),
      log: logOf(path),
      trust: () => openTrust(context),
      lifetime,
      listLife: listHours * 3600,
      say: (line) => context.message(line),
    });
    const url = `http://${host}:${await listen(server, "The certification authority", host, port)}`;
    context.message(`certification authority ready at ${url}`);
    if (!context.signal.aborted) await once(context.signal, "abort");
    server.close();
    server.closeAllConnections();
    return { url, stopped: true };
  },
  print({ url }, out) {
    out.line(`The certification authority at ${url} was stopped`);
  },
});
