// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { addRoot } from "../../src/chain/administration";
import { openMarket, type Market, type MarketAddress } from "../../src/chain/market";
import { send } from "../../src/chain/send";
import { certificatePem, readAuthority, writeAuthority } from "../../src/commands/ca/state";
import { isCloisterError } from "../../src/core/errors";
import type { TrustFile } from "../../src/core/trust";
import { generateKeyPair, toPrivatePem, toSpki } from "../../src/crypto/keys";
import { toPem } from "../../src/crypto/pem";
import { signReferenceValues } from "../../src/evidence/trust";
import { type CertificationAuthority, makeCertificationAuthority, type NewAuthority } from "../../src/tee/certificationAuthority";
import { currentCollateral, openPlatform } from "../../src/tee/platform/platformState";
import { ACTORS, type ActorName, makeHome, type SharedConfig } from "./actors";
import { Service } from "./service";

/** The checkout. */
export const ROOT = resolve(__dirname, "..", "..");
export const DIST = join(ROOT, "dist");

/** Tokens that each actor starts with. */
const STARTING_TOKENS = 10_000n * 10n ** 18n;

export interface LocalNetworkOptions {
  /** Where homes, store, authority and logs are written. */
  readonly directory: string;
  /** 0 takes a free port. */
  readonly chainPort: number;
  readonly authorityPort: number;
  /** A chain that is there already, with the market deployed: its owner stops it. */
  readonly chain?: MarketAddress;
  /** More options of `ca run`. */
  readonly authorityOptions?: readonly string[];
  readonly log: (line: string) => void;
}

/** A chain with the market, a store, a certification authority, and a home for each actor. Everything simulated says so. */
export interface LocalNetwork {
  readonly directory: string;
  readonly address: MarketAddress;
  readonly authorityUrl: string;
  readonly store: string;
  readonly measurement: string;
  readonly homes: Readonly<Record<ActorName, string>>;
  /** The operator's connection. */
  readonly market: Market;
  /** Runs a machine for an actor's compute offer, with more options of `tee run`; resolves when its device is registered. */
  startMachine(actor: ActorName, offer: bigint, onLine?: (line: string) => void, more?: readonly string[]): Promise<Service>;
  stop(): Promise<void>;
}

/** Starts a local network: chain and deployment, SIMULATED platform, certification authority, trust file, homes. */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  const { directory, log } = options;
  const services: Service[] = [];
  const stop = async () => {
    for (const service of services.reverse()) await service.stop();
  };
  const logs = join(directory, "logs");
  const store = join(directory, "store");
  for (const made of [logs, store, join(directory, "operator")]) await mkdir(made, { recursive: true, mode: 0o700 });
  try {
    const chain = options.chain === undefined ? startChain(options, logs) : undefined;
    if (chain !== undefined) services.push(chain);

    log("Making a SIMULATED platform, and measuring the loader");
    const machineState = join(directory, "carol", "machine");
    await mkdir(join(machineState, "platform"), { recursive: true, mode: 0o700 });
    const now = new Date();
    const platform = await openPlatform(join(machineState, "platform"), now);
    const measurement = await measureLoader(join(machineState, "platform"));

    log("Making a SIMULATED certification authority and the trust file");
    const span = (days: number) => ({ from: new Date(now.getTime() - 3600_000), until: new Date(now.getTime() + days * 86_400_000) });
    const authority = await openAuthority(join(directory, "operator", "ca"), () => makeCertificationAuthority("Simulated", "Devnet", span(3650), span(365)));
    const publisher = generateKeyPair();
    await writeFile(join(directory, "operator", "publisher-key.pem"), toPrivatePem(publisher), { mode: 0o600 });
    const trust: TrustFile = {
      format: "cloister/trust/v1",
      allowSimulated: true,
      certificationRoots: [{ kind: "Simulated", certificate: certificatePem(authority.root) }],
      evidenceAnchors: { simulated: certificatePem(platform.root.certificate) },
      publisher: toPem("PUBLIC KEY", toSpki(publisher.publicKey)),
      referenceValues: signReferenceValues(publisher, {
        kind: "cloister/reference-values/v1",
        issuedAt: Math.floor(now.getTime() / 1000),
        measurements: [{ name: "tee-loader of this checkout", measurement }],
      }),
      acceptedTcbStatuses: ["UpToDate"],
      collateral: [await currentCollateral(platform, now)],
    };

    const address = options.chain ?? (JSON.parse((await chain!.ready(/^\{.*\}$/m))[0]) as MarketAddress);
    const shared: SharedConfig = { blockchain: address, storage: store, executables: DIST };
    const homes = await makeHomes(options, shared, trust, machineState);
    const market = await openMarket(address, { privateKey: ACTORS.operator.privateKey });
    await addRoot(market, authority.root.der, "Simulated");
    for (const name of ["alice", "bob", "carol"] as const) await send(market.token.transfer(ACTORS[name].address, STARTING_TOKENS));

    const ca = Service.start("certification authority", [join(DIST, "spctl.js"), "ca", "run", "--port", String(options.authorityPort), ...(options.authorityOptions ?? [])], { cwd: homes.operator, logFile: join(logs, "ca.log") });
    services.push(ca);
    const [, authorityUrl = ""] = await ca.ready(/ready at (\S+)/);
    await setAuthority(homes.carol, authorityUrl);

    return {
      directory,
      address,
      authorityUrl,
      store,
      measurement,
      homes,
      market,
      startMachine: async (actor, offer, onLine, more = []) => {
        const machine = Service.start(`machine of offer ${offer}`, [join(DIST, "spctl.js"), "tee", "run", "--offer", String(offer), "--interval", "50", ...more], { cwd: homes[actor], logFile: join(logs, "machine.log"), onLine });
        services.push(machine);
        await machine.ready(/machine ready/);
        return machine;
      },
      stop: async () => {
        market.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function startChain({ chainPort, log }: LocalNetworkOptions, logs: string): Service {
  log("Starting the chain and deploying the contracts");
  const hardhat = join(ROOT, "node_modules", "hardhat", "internal", "cli", "bootstrap.js");
  return Service.start("chain", [hardhat, "run", "--no-compile", join(ROOT, "scripts", "localnet", "chain.ts")], {
    cwd: ROOT,
    env: { CLOISTER_CHAIN_PORT: String(chainPort), HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" },
    logFile: join(logs, "chain.log"),
  });
}

/** The authority of an earlier start, or a new one. */
async function openAuthority(path: string, make: () => Promise<NewAuthority>): Promise<CertificationAuthority> {
  try {
    return await readAuthority(path);
  } catch (error) {
    if (!isCloisterError(error, "AuthorityMissing")) throw error;
  }
  const made = await make();
  await writeAuthority(path, `${path}-root`, made);
  return made;
}

async function makeHomes({ directory }: LocalNetworkOptions, shared: SharedConfig, trust: TrustFile, machineState: string): Promise<Record<ActorName, string>> {
  const names = Object.keys(ACTORS) as ActorName[];
  const homes = {} as Record<ActorName, string>;
  for (const name of names) {
    const more = name === "carol" ? { machine: { state: machineState, authority: "http://127.0.0.1:1" } } : {};
    homes[name] = await makeHome(directory, name, shared, more);
    await writeFile(join(homes[name], "trust.json"), `${JSON.stringify(trust, null, 2)}\n`);
  }
  return homes;
}

/** Carol's configuration learns where the authority listens. */
async function setAuthority(home: string, authority: string): Promise<void> {
  const path = join(home, "config.json");
  const config = JSON.parse(await readFile(path, "utf8")) as { machine: { authority: string } };
  config.machine.authority = authority;
  await writeFile(path, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

async function measureLoader(state: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(DIST, "tee-platform.js"), "--measure", "--loader", join(DIST, "tee-loader.js"), "--state", state]);
  return stdout.trim();
}
