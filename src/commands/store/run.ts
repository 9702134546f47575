// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import type { Context } from "../context";
import { defineCommand, flag, list, number, text, wrongUsage } from "../command";
import type { GrantingStore } from "./grants";
import type { KeepingStore } from "./keeping";

/** Milliseconds that requests have to end by themselves when the server is stopped. */
const LAST_WORDS = 2_000;
/** Addresses to listen on that are none to be reached at. */
const ANYWHERE = ["0.0.0.0", "::"];

export const storeRun = defineCommand({
  noun: "store",
  verb: "run",
  summary: "Run a store server that several hosts share",
  role: "operator",
  example: "store run --directory /srv/cloister-store --port 8549",
  notes: `Access is by tokens that \`store grant\` makes for the same directory; docs/running-a-store.md shows both, step by step.
What passes through it is encrypted; tokens are not, so give it a certificate (or a proxy that has one) where the network is not yours.`,
  options: {
    directory: text("its directory, which must exist", { default: "store", placeholder: "path" }),
    host: text("address to listen on", { default: "127.0.0.1" }),
    port: number("port to listen on; 0 takes a free one", { default: 8549 }),
    largestMib: number("MiB of the largest object; no limit when absent"),
    spaceMib: number("MiB that each prefix may hold; no limit when absent"),
    totalMib: number("MiB that all prefixes may hold together; no limit when absent"),
    count: number("objects that each prefix may hold", { default: 100_000 }),
    connections: number("connections at a time", { default: 512 }),
    sweepMinutes: number("how often expired objects are removed", { default: 10 }),
    certificate: text("PEM file of a certificate chain, for https", { placeholder: "path" }),
    certificateKey: text("PEM file of its key", { placeholder: "path" }),
    receipts: flag("sign receipts for what is kept for your storage offers, with the configuration's account: then their parts are paid"),
    grants: flag("grant storage to the orders of your storage offers, with the configuration's account; machines are verified with its trust file"),
    url: text("with --grants: where customers and machines reach this server; by default the address it listens on", { placeholder: "url" }),
    grantHours: number("with --grants: how long a granted storage may be written", { default: 720 }),
    accept: list("with --grants: measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
    interval: number("with --grants or --receipts: milliseconds between two looks at the chain", { default: 1000 }),
  },
  async run(context, { host, port, sweepMinutes, connections, grants, receipts, interval, ...given }) {
    const { StoreServer } = await import("../../store/server/storeServer");
    const { serverKey } = await import("../../store/server/key");
    const { readTls, mebibytes } = await import("./given");
    const { listen } = await import("../listening");
    if (grants && given.url === undefined && ANYWHERE.includes(host)) throw wrongUsage(`--url is missing: --host ${host} is no address that customers could use.`);
    const directory = context.path(given.directory);
    const tls = await readTls(given, (path) => context.path(path));
    const keeping = receipts ? await keepingOf(context) : undefined;
    const granting = grants ? await grantingOf(context, given) : undefined;
    const key = await serverKey(directory);
    const server = new StoreServer({
      directory,
      key,
      limits: { largest: mebibytes(given.largestMib), space: mebibytes(given.spaceMib), total: mebibytes(given.totalMib), count: given.count },
      connections,
      receipts: keeping && (await import("./receipts")).receiptsOf(keeping.market),
      tls,
      now: () => Math.floor(context.now().getTime() / 1000),
      log: (line) => context.message(line),
    });
    const sweep = async (): Promise<void> => {
      const { objects, bytes } = await server.sweep();
      if (objects > 0) context.message(`swept ${objects} expired objects, ${bytes} bytes`);
    };
    await sweep();
    const listening = await listen(server.http, "The store server", host, port);
    const url = `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${listening}`;
    context.message(`store server ready at ${url}`);
    const timer = setInterval(() => void sweep().catch((error: unknown) => context.message(`sweep failed: ${error instanceof Error ? error.message : String(error)}`)), Math.max(1, sweepMinutes) * 60_000);
    try {
      await untilStopped(context.signal, [
        granting && (async (signal) => (await import("./grants")).grantOrders({ ...granting, signal, key, url: given.url ?? url }, interval)),
        keeping && (async (signal) => (await import("./keeping")).keepStorage({ ...keeping, signal, storeOf: (prefix) => server.storeOf(prefix), sweep }, interval)),
      ]);
    } finally {
      clearInterval(timer);
      server.http.close();
      server.http.closeIdleConnections();
      const cut = setTimeout(() => server.http.closeAllConnections(), LAST_WORDS);
      await once(server.http, "close");
      clearTimeout(cut);
    }
    return { url, stopped: true };
  },
  print: ({ url }, out) => out.line(`The store server at ${url} was stopped`),
});

/** Does what is given side by side until the signal; where one fails, the others end too. */
async function untilStopped(signal: AbortSignal, tasks: readonly (((signal: AbortSignal) => Promise<void>) | undefined)[]): Promise<void> {
  const given = tasks.filter((task) => task !== undefined);
  if (given.length === 0 && !signal.aborted) return void (await once(signal, "abort"));
  const failed = new AbortController();
  const running = given.map((task) => task(AbortSignal.any([signal, failed.signal])));
  try {
    await Promise.all(running);
  } finally {
    failed.abort();
    await Promise.allSettled(running);
  }
}

/** What keeping needs of the configuration: the action account of a provider. */
async function keepingOf(context: Context): Promise<Omit<KeepingStore, "signal" | "storeOf" | "sweep">> {
  const { sellingProvider } = await import("../../chain/providers");
  const market = await context.market("account");
  return { market, provider: await sellingProvider(market), say: (line) => context.message(line) };
}

/** What granting needs of the configuration: the action account of a provider, and a trust file that can be read. */
async function grantingOf(context: Context, { grantHours, accept }: { readonly grantHours: number; readonly accept: readonly string[] }): Promise<Omit<GrantingStore, "key" | "url" | "signal">> {
  const { sellingProvider } = await import("../../chain/providers");
  const { openTrust } = await import("../connect");
  const { verifyMachine } = await import("../machine");
  const market = await context.market("account");
  await openTrust(context);
  return {
    market,
    provider: await sellingProvider(market),
    seconds: grantHours * 3600,
    recipients: async (offer) => (await verifyMachine(market, await openTrust(context), offer, { at: context.now(), accept })).recipients,
    now: () => context.now(),
    say: (line) => context.message(line),
  };
}
