// SPDX-License-Identifier: Apache-2.0
import { defineCommand, text } from "../command";

export const teeInit = defineCommand({
  noun: "tee",
  verb: "init",
  summary: "Make a machine's platform, and say what it measures",
  role: "machine owner",
  example: "tee init",
  notes: "Makes the SIMULATED platform in machine.state of the configuration, tries the sandbox, and prints what a market's operator needs to let the machine in: the measurement of this loader, for the signed reference values, and the platform's evidence root. Running it again changes nothing.",
  options: { runner: text("auto, bubblewrap, namespaces or unisolated", { choices: ["auto", "bubblewrap", "namespaces", "unisolated"], default: "auto" }) },
  async run(context, { runner }) {
    const { join } = await import("node:path");
    const { section } = await import("../../core/config");
    const { openPlatform } = await import("../../tee/platform/platformState");
    const { chooseRunner } = await import("../../tee/runner/choose");
    const { bundlePath } = await import("./bundles");
    const { measureLoader } = await import("./measure");
    const machine = section(await context.config(), "machine");
    const state = join(machine.state, "platform");
    const platform = await openPlatform(state, context.now());
    const measurement = await measureLoader(bundlePath("tee-platform.js"), bundlePath("tee-loader.js"), state);
    const { found } = await chooseRunner(runner as "auto", machine.allowUnisolated === true || context.surroundings.env.CLOISTER_ALLOW_UNISOLATED === "1");
    return { state: machine.state, measurement, evidenceRoot: platform.root.certificate.fingerprint, anchor: join(state, "anchor.pem"), simulated: true, runner: found };
  },
  print({ state, measurement, evidenceRoot, anchor, runner }, out) {
    out.line(`SIMULATED platform in ${state}`);
    out.line(`measurement of the loader: ${measurement}`);
    out.line(`evidence root (sha256 ${evidenceRoot}): ${anchor}`);
    out.line(`sandbox: ${runner}`);
  },
});
