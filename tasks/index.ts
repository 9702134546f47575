// SPDX-License-Identifier: Apache-2.0
import { scope, task, types } from "hardhat/config";
import type { ConfigurableTaskDefinition, HardhatRuntimeEnvironment } from "hardhat/types";
import { providerToolsCommands, spctlCommands } from "../src/commands/catalogue";
import { parseParameter, type AnyCommand, type Parameter } from "../src/commands/command";
import { processSurroundings } from "../src/commands/commandLine";
import { reportError, runCommand } from "../src/commands/runCommand";

/**
 * The second door: every command of `spctl` and `provider-tools` as a Hardhat task, `npx hardhat orders get 7 --network localhost`.
 * Hardhat takes options in camelCase and each once: lists are comma-separated, values that hold commas are separated by semicolons.
 * Hardhat's `--config` is its own, so the identity's configuration is `--identity`.
 */
for (const command of new Set([...spctlCommands, ...providerToolsCommands])) register(command);

function register(command: AnyCommand): void {
  const definition = define(command);
  for (const [name, parameter] of Object.entries(command.positionals ?? {})) addPlace(definition, name, parameter);
  for (const [name, parameter] of Object.entries(command.options ?? {})) addOption(definition, name, parameter);
  definition
    .addOptionalParam("identity", "Configuration of the identity to act as", "./config.json", types.string)
    .addFlag("json", "Print one JSON value on stdout and nothing else there")
    .addFlag("debug", "Show where an error came from")
    .setAction(async (received: Record<string, unknown>, hre: HardhatRuntimeEnvironment) => {
      process.exitCode = await runTask(command, received, hre);
    });
}

function define({ noun, verb, summary }: AnyCommand): ConfigurableTaskDefinition {
  if (verb === "") return task(noun, summary);
  return scope(noun, `${noun} commands`).task(verb.replaceAll(" ", "-"), summary);
}

function addPlace(definition: ConfigurableTaskDefinition, name: string, { kind, description, settings }: Parameter): void {
  if (kind === "repeated") definition.addVariadicPositionalParam(name, description, undefined, types.string, settings.optional === true);
  else definition.addPositionalParam(name, description, undefined, types.string, settings.optional === true);
}

function addOption(definition: ConfigurableTaskDefinition, name: string, { kind, description, settings }: Parameter): void {
  if (kind === "flag") definition.addFlag(name, description);
  // Defaults and requirements are the frame's own, so that both doors refuse in the same words.
  else definition.addOptionalParam(name, settings.default === undefined ? description : `${description} (default ${settings.default})`, undefined, types.string);
}

async function runTask(command: AnyCommand, received: Record<string, unknown>, hre: HardhatRuntimeEnvironment): Promise<number> {
  const common = { config: received.identity as string, json: received.json === true, debug: received.debug === true, provider: hre.network.provider };
  const surroundings = processSurroundings();
  const given: Record<string, unknown> = {};
  try {
    for (const [name, parameter] of Object.entries({ ...command.positionals, ...command.options })) {
      const value = received[name];
      const texts = value === undefined ? undefined : Array.isArray(value) ? (value as string[]) : [String(value)];
      given[name] = parseParameter(name, parameter, parameter.kind === "flag" ? value === true : texts, name in (command.options ?? {}) ? ";" : undefined);
    }
  } catch (error) {
    return reportError(error, common, surroundings);
  }
  return runCommand(command, given, common, surroundings);
}
