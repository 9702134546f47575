// SPDX-License-Identifier: Apache-2.0
import { type AnyCommand, defineCommand, flag, text } from "../command";

export const deployTee = defineCommand({
  noun: "deploy",
  verb: "tee",
  summary: "Set up a machine on this host and run it",
  role: "machine owner",
  example: "deploy tee --path ./deploy-config.json",
  notes: `Makes the platform (SIMULATED), registers provider and offer where the file names no offer yet and notes the offer in it, then takes orders until
Ctrl-C, like \`spctl tee run\`. It works on this host alone: on another one call it there. Called again it registers nothing.`,
  options: { path: text("JSON file that describes the machine", { required: true, placeholder: "path" }), prepare: flag("do everything but run it, and print the line that does") },
  async run(context, { path, prepare }) {
    const { deployMachine } = await import("./deployMachine");
    return deployMachine(context, path, prepare);
  },
  print({ offer, registered, measurement, evidenceRoot, run, stopped }, out) {
    if (stopped) return out.line(`The machine of compute offer ${offer} was stopped`);
    out.line(registered ? `Offer ${offer} has been created successfully` : `Existing offer ${offer} is used`);
    out.line(`measurement of the loader: ${measurement}`);
    out.line(`evidence root (sha256 ${evidenceRoot}), SIMULATED`);
    out.line(`Next: ${run}`);
  },
});

function deployContent(verb: "data" | "solution"): AnyCommand {
  return defineCommand({
    noun: "deploy",
    verb,
    summary: verb === "data" ? "Run the robot that approves uses of your data" : "Run the robot that approves uses of your solution",
    role: "data owner",
    example: `deploy ${verb} --path ./deploy-config.json`,
    notes: `Checks that the offers named are yours, are approved by policy and sell these contents; allows, on chain, the solutions that the file lists and the policy
does not know yet; then approves until Ctrl-C, like \`spctl provisioner run\`. The keys stay on this host. Called again it refills no allowance.`,
    options: { path: text("JSON file that describes what is approved", { required: true, placeholder: "path" }), prepare: flag("do everything but run it, and print the line that does") },
    async run(context, { path, prepare }) {
      const { deployRobot } = await import("./deployRobot");
      return deployRobot(context, verb, path, prepare);
    },
    print({ offers, allowed, run, stopped }, out) {
      out.line(`Offers: ${offers.join(", ")}; ${allowed} allowances were added`);
      out.line(stopped ? "The robot was stopped" : `Next: ${run}`);
    },
  });
}

export const deployData = deployContent("data");
export const deploySolution = deployContent("solution");
