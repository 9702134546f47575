// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, list, number, text, wrongUsage } from "../command";

/** 31 years: what is good for longer is not meant. */
const MOST_MINUTES = 0xffffff;

export const approvalsSign = defineCommand({
  noun: "approvals",
  verb: "sign",
  summary: "Approve orders before they are placed, so that they need not wait",
  role: "data owner",
  listed: false,
  example: "approvals sign --offer 5 --result ./dataset.resource.json --solution-hash <hash> --tee 1 --customer <account> --recipient <age1...>",
  notes: `The file that it writes completes suborders of the offer in your place: \`orders complete <id> --approval <file>\`, by anybody who has it.
The contract keeps offer, solution, customer, uses and end; inputs, arguments and result recipient are sealed with the key, and the devices keep
them. By default: this solution as the customer's own upload and your content alone, no arguments. The devices keep to the very account named;
the contract also takes wallets linked to it. Devices that were started anew cannot open it: sign another one then.
Keep the file: without it the approval cannot be revoked before its end.`,
  options: {
    offer: text("your offer", { required: true, placeholder: "id" }),
    ver: number("its version (default: the latest)"),
    result: text("resource file of its content", { required: true, placeholder: "path" }),
    solutionHash: text("sha256 of the solution that you verified", { required: true, placeholder: "hash" }),
    tee: list("compute offers whose devices may use it"),
    customer: text("account that places the orders", { placeholder: "account" }),
    anyCustomer: flag("orders of anybody"),
    recipient: text("age recipient that results are sealed to; `approvals request` shows the customer's", { placeholder: "age1..." }),
    anyRecipient: flag("results to anybody: then who holds the file and a machine can have them"),
    inputsHash: text("inputs hash of the orders, where they have other inputs beside yours", { placeholder: "hash" }),
    anyInputs: flag("with whatever other inputs"),
    argumentsHash: text("hash of the arguments that the orders pass", { placeholder: "hash" }),
    acceptArguments: flag("with whatever arguments"),
    uses: number("how many suborders it completes", { default: 1 }),
    validMinutes: number("how long it is good, from now on", { default: 1440 }),
    output: text("file to write, which must not exist", { default: "./approval.json", placeholder: "path" }),
    accept: list("measurements of loaders that you accept beyond your trust file", { placeholder: "hash" }),
  },
  async run(context, given) {
    const { openTrust, parseHash, parseId } = await import("../connect");
    const { formatApprovalFile } = await import("../../core/approval");
    const { NO_ARGUMENTS } = await import("../../core/inputs");
    const { checkWritable, loadResource } = await import("../files/resourceFile");
    const { verifyMachine } = await import("../machine");
    const { writeSecretFile } = await import("../secretFile");
    const { viewApproval } = await import("./file");
    const { makeApproval } = await import("./make");
    const { customer, recipient } = given;
    if (given.tee.length === 0) throw wrongUsage("--tee is missing: the compute offers whose devices may use it.");
    if (given.uses < 1 || given.uses > 0xffffffff) throw wrongUsage("--uses must be 1 to 4294967295.");
    if (given.validMinutes < 1 || given.validMinutes > MOST_MINUTES) throw wrongUsage(`--valid-minutes must be 1 to ${MOST_MINUTES}.`);
    if ((customer === undefined) === !given.anyCustomer) throw wrongUsage("Give either --customer or --any-customer.");
    if ((recipient === undefined) === !given.anyRecipient) throw wrongUsage("Give either --recipient or --any-recipient.");
    if (customer !== undefined && !/^0x[0-9a-fA-F]{40}$/.test(customer)) throw wrongUsage("--customer must be an account (0x and 40 hex digits).");
    if (recipient !== undefined && !/^age1[a-z0-9]{58,}$/.test(recipient)) throw wrongUsage("--recipient must be an age recipient (age1...).");
    const solutionHash = parseHash(given.solutionHash, "--solution-hash");
    const offer = parseId(given.offer, "an offer");
    const target = context.path(given.output);
    await checkWritable(target);
    const resource = await loadResource(context.path(given.result));

    const market = await context.market("account");
    const trust = await openTrust(context);
    const machines = [];
    for (const tee of given.tee) machines.push(await verifyMachine(market, trust, parseId(tee, "a compute offer"), { at: context.now(), accept: given.accept, say: (line) => context.message(line) }));
    const devices = machines.flatMap((machine) => machine.devices.map(({ device, ageRecipient }) => ({ device, ageRecipient: ageRecipient! })));
    const terms = {
      offer,
      version: given.ver,
      resource,
      solutionHash,
      customer: customer?.toLowerCase() ?? "any",
      recipient: recipient ?? "any",
      inputsHash: given.anyInputs ? "any" : given.inputsHash === undefined ? undefined : parseHash(given.inputsHash, "--inputs-hash"),
      argumentsHash: given.acceptArguments ? "any" : given.argumentsHash === undefined ? NO_ARGUMENTS : parseHash(given.argumentsHash, "--arguments-hash"),
      uses: given.uses,
      notAfter: Math.floor(context.now().getTime() / 1000) + given.validMinutes * 60,
    };
    const file = await makeApproval(market, terms, devices);
    const view = await viewApproval(market, { kind: "cloister/signed-approval/v1", ...file });
    context.message(`Releasing the key of ${resource.hash.hash} for ${given.uses} orders of ${view.customer}: solution ${solutionHash}, inputs ${terms.inputsHash ?? "of this solution and this content alone"}, arguments ${view.arguments}, result to ${terms.recipient}, until ${view.not_after}`);
    await writeSecretFile(target, formatApprovalFile(file));
    return { output: target, ...view };
  },
  print({ output, id }, out) {
    out.line(`Approval was signed: ${id}`);
    out.line(`It was written to ${output}`);
  },
});
