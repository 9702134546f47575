// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { getProvider, providerOf, updateProvider } from "../../../src/chain/providers";
import { getOrder, getSuborder } from "../../../src/chain/orders";
import { OrderStatus } from "../../../src/core/orderStatus";
import { Fleet, type TrialMachine } from "../../../scripts/localnet/fleet";
import { DIST, type LocalNetwork, startLocalNetwork } from "../../../scripts/localnet/network";
import { Service } from "../../../scripts/localnet/service";
import { Actor } from "../../../scripts/story/actor";
import { refusal } from "../refusal";

interface Outcome {
  readonly approved: readonly { readonly suborder: string }[];
  readonly refused: readonly { readonly suborder: string; readonly code: string }[];
}

describe("the approval robot", function () {
  this.timeout(120_000);
  let network: LocalNetwork;
  let fleet: Fleet;
  let machine: TrialMachine;
  let bob: Actor;
  let solution: string;
  let hash: string;
  let governed: { offer: bigint; slot: bigint; resource: string };
  const flags = (...more: string[]) => ["provisioner", "run", "--config", "robot.json", "--result", governed.resource, "--once", "--json", ...more];

  before(async () => {
    process.env.CLOISTER_KEYSTORE_PASSWORD = "correct horse";
    const directory = await mkdtemp(join(tmpdir(), "cloister-robot-"));
    network = await startLocalNetwork({ directory, chainPort: 0, authorityPort: 0, log: () => undefined });
    fleet = await Fleet.open(network);
    machine = await (await fleet.machine()).start();
    bob = new Actor("bob", network.homes.bob, () => undefined);
    solution = await fleet.solution("reader", `console.log(require("node:fs").readFileSync("/sp/inputs/input-0001/a.txt","utf8"))`);
    ({ hash: { hash } } = await fleet.resource(solution));
    const data = join(directory, "fleet", "data");
    await mkdir(data);
    await writeFile(join(data, "a.txt"), "governed");
    governed = await fleet.offer(await fleet.upload("data", data), { offerType: "3", approval: "policy" });
  });
  after(async () => {
    delete process.env.CLOISTER_KEYSTORE_PASSWORD;
    fleet?.close();
    await network?.stop();
    if (network) await rm(network.directory, { recursive: true, force: true });
  });

  const place = (more: object = {}) => fleet.place(machine, { solutions: [solution], data: [`${governed.offer},${governed.slot}`], leaseMinutes: 10, ...more });
  const look = async (...more: string[]) => JSON.parse((await bob.types("spctl", flags(...more))).stdout) as Outcome;
  const waits = async (order: bigint) => (await getOrder(network.market, order)).status === OrderStatus.Blocked;

  it("gets an action account of its own, from a keystore that is never overwritten", async () => {
    const { stdout } = await bob.types("spctl", ["accounts", "generate", "--directory", "keys", "--names", "robot", "--json"]);
    const [{ address, keystore }] = JSON.parse(stdout) as [{ address: string; keystore: string }];
    expect(((await stat(keystore)).mode & 0o777).toString(8)).to.equal("600");
    const again = await bob.tries("spctl", ["accounts", "generate", "--directory", "keys", "--names", "other,robot"]);
    expect(again.code).to.equal(1);
    expect(again.stderr).to.include("KeystoreExists");
    const provider = (await providerOf(fleet.bob, fleet.bob.account!))!;
    const { tokenReceiver } = await getProvider(fleet.bob, provider);
    await updateProvider(fleet.bob, provider, { actionAccount: address, tokenReceiver });
    await (await fleet.bob.signer!.sendTransaction({ to: address, value: 10n ** 18n })).wait();
    const config = JSON.parse(await readFile(join(bob.home, "config.json"), "utf8")) as { blockchain: Record<string, unknown> };
    delete config.blockchain.accountPrivateKey;
    config.blockchain.accountKeystore = "keys/robot.json";
    await writeFile(join(bob.home, "robot.json"), JSON.stringify(config));
  });

  it("approves no unknown solution, and says why; after it was allowed, exactly as often as it was", async () => {
    const first = await place();
    expect((await look()).refused).to.have.length(1).and.have.nested.property("[0].code", "SolutionNotAllowed");
    expect(await waits(first)).to.equal(true);
    // The robot's own account cannot change the policy.
    const forbidden = await bob.tries("spctl", ["provisioner", "allow", hash, "--offer", String(governed.offer), "--config", "robot.json"]);
    expect(forbidden.stderr).to.include("NotOfferAccount");
    await bob.types("spctl", ["provisioner", "allow", hash, "--offer", String(governed.offer), "--uses", "1", "--valid-minutes", "60"]);
    expect((await look()).approved.map(({ suborder }) => suborder)).to.deep.equal([String(first + 1n)]);
    expect(await fleet.ended(first)).to.equal("Done");
    expect((await fleet.result(first)).log).to.include("governed");

    const second = await place();
    const { approved, refused } = await look();
    expect(approved).to.deep.equal([]);
    expect(refused.map(({ code }) => code)).to.deep.equal(["AllowanceUsedUp"]);
    expect(await waits(second)).to.equal(true);
  });

  it("refuses arguments that it cannot see, and machines that its owner does not trust", async () => {
    await bob.types("spctl", ["provisioner", "allow", hash, "--offer", String(governed.offer), "--uses", "9"]);
    await look();
    const order = await place({ workloadArguments: { command: ["x"], salt: "pepper" } });
    expect((await look()).refused.map(({ code }) => code)).to.deep.equal(["ArgumentsNotAccepted"]);
    const trust = join(bob.home, "trust.json");
    const honest = await readFile(trust, "utf8");
    await writeFile(trust, JSON.stringify({ ...(JSON.parse(honest) as object), certificationRoots: [] }));
    expect((await look("--accept-arguments")).refused.map(({ code }) => code)).to.deep.equal(["RootNotPinned"]);
    await writeFile(trust, honest);
    expect((await look("--accept-arguments")).approved).to.have.length(1);
    expect(await fleet.ended(order)).to.equal("Done");
  });

  it("goes on where it was after kill -9, and approves nothing twice", async () => {
    const start = () => Service.start("robot", [join(DIST, "spctl.js"), "provisioner", "run", "--config", "robot.json", "--result", governed.resource, "--interval", "100"], { cwd: bob.home, logFile: join(network.directory, "logs", "robot.log") });
    let robot = start();
    await robot.ready(/provisioner ready/);
    const one = await place();
    await robot.ready(new RegExp(`suborder ${one + 1n} of order ${one}: approved`));
    process.kill(robot.pid!, "SIGKILL");
    await robot.over();
    const two = await place();
    robot = start();
    await robot.ready(new RegExp(`suborder ${two + 1n} of order ${two}: approved`));
    for (const order of [one, two]) expect(await fleet.ended(order)).to.equal("Done");
    expect((await getSuborder(network.market, two + 1n)).status).to.equal(OrderStatus.Done);
    expect((await network.market.catalog.getAllowance(governed.offer, `0x${hash}`)).usesLeft).to.equal(9n - 4n);
    await robot.stop();
  });

  it("cannot release a key a second time: where the machine was started anew the order ends for nothing, and says to place it again", async () => {
    const balance = async () => network.market.token.balanceOf(fleet.alice.account!);
    const before = await balance();
    await machine.kill("controller");
    // The chain still knows the killed machine's device: the order is sealed to it, and so is the key.
    const lost = await place();
    expect((await look()).approved.map(({ suborder }) => suborder)).to.deep.equal([String(lost + 1n)]);
    await machine.start();
    expect(await fleet.ended(lost)).to.equal("Error");
    expect((await getOrder(network.market, lost)).reported).to.equal(false);
    expect(await balance()).to.equal(before);
    const { log } = await fleet.result(lost);
    expect(log).to.match(/NotSealedForUs: What its customer sealed for this order is not sealed to this device: .* Place the order again, nothing was charged;/);
    // The contract takes one release for each part, whatever became of its device.
    expect(await look()).to.deep.include({ approved: [], refused: [] });
    await refusal(fleet.approve(lost + 1n, governed.resource, solution), "SuborderNotOpen");

    const again = await place();
    expect((await look()).approved).to.have.length(1);
    expect(await fleet.ended(again)).to.equal("Done");
    expect((await fleet.result(again)).log).to.include("governed");
  });

  it("and the machine's owner sees and renews what runs", async () => {
    const carol = new Actor("carol", network.homes.carol, () => undefined);
    const offer = ["--offer", String(machine.offer), "--json"];
    const status = JSON.parse((await carol.types("spctl", ["tee", "status", ...offer])).stdout) as { process: number; devices: { valid: boolean; validUntil: string }[]; orders: unknown[] };
    expect(status.process).to.equal(machine.process.pid);
    expect(status.devices.map(({ valid }) => valid)).to.deep.equal([true]);
    await new Promise((later) => setTimeout(later, 1100));
    const renewed = JSON.parse((await carol.types("spctl", ["tee", "renew", ...offer])).stdout) as { validUntil: string };
    expect(renewed.validUntil > status.devices[0]!.validUntil).to.equal(true);
    const made = JSON.parse((await carol.types("spctl", ["tee", "init", "--json"])).stdout) as { measurement: string };
    expect(made.measurement).to.equal(network.measurement);
  });
});
