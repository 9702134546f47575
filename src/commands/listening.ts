// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { Server } from "node:net";

import { CloisterError } from "../core/errors";
import { wrongUsage } from "./command";

const LAST_PORT = 65_535;

/**
 * Lets a server listen, and waits until it does.
 *
 * @param what it is, for the refusal, e.g. "The store server".
 * @returns its port, which is not the given one where that is 0.
 * @throws CloisterError `PortTaken`; wrong usage for what is no port.
 */
export async function listen(server: Server, what: string, host: string, port: number): Promise<number> {
  if (port > LAST_PORT) throw wrongUsage(`--port must be 0 to ${LAST_PORT}, not ${port}.`);
  server.listen(port, host);
  await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
    throw new CloisterError("PortTaken", `${what} cannot listen on ${host}:${port} (${error.code}).`, "Choose another --port or --host.", { host, port }, { cause: error });
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
