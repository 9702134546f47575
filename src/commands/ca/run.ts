// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";

import { defineCommand, number, text } from "../command";

export const caRun = defineCommand({
  noun: "ca",
  verb: "run",
  summary: "Run the sub CA: certify devices after verifying their evidence",
  role: "operator",
  example: "ca run --directory ./ca --port 8547",
  options: {
    directory: text("the authority's directory", { default: "ca", placeholder: "path" }),
    host: text("address to listen on", { default: "127.0.0.1" }),
    port: number("port to listen on; 0 takes a free one", { default: 8547 }),
    lifetimeHours: number("how long a device certificate lives", { default: 24 }),
  },
  async run(context, { directory, host, port, lifetimeHours }) {
    const { certificationService } = await import("../../tee/certificationService");
    const { openTrust } = await import("../connect");
    const { readAuthority } = await import("./state");
    const server = certificationService({
      authority: await readAuthority(context.path(directory)),
      trust: () => openTrust(context),
      lifetime: lifetimeHours * 3600,
      log: (line) => context.message(line),
    });
    server.listen(port, host);
    await once(server, "listening");
    const address = server.address();
    const url = `http://${host}:${typeof address === "object" && address !== null ? address.port : port}`;
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
