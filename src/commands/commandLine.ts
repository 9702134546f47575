// SPDX-License-Identifier: Apache-2.0
import { Command as Program, CommanderError, Option } from "commander";
import { parseParameter, spellingOf, wrongUsage, type AnyCommand, type CommandLine, type Parameter } from "./command";
import type { Surroundings } from "./context";
import { firstScreen } from "./firstScreen";
import { EXIT, reportError, runCommand, type CommonOptions } from "./runCommand";

/** Runs an executable with the given arguments (without node and script) and says its exit code. */
export async function runCommandLine(line: CommandLine, args: readonly string[], surroundings: Surroundings): Promise<number> {
  let exitCode: number = EXIT.done;
  // Wanted before anything is parsed: wrong usage is reported in JSON as well.
  const common: CommonOptions = { json: args.includes("--json"), debug: args.includes("--debug") };
  const complaint = { text: "" };
  const program = build(line, surroundings, complaint, (code) => (exitCode = code));
  if (args.length === 0) {
    surroundings.stderr.write(firstScreen(line));
    return EXIT.usage;
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) return reportError(error, common, surroundings);
    if (error.exitCode === 0) return EXIT.done; // --help and --version
    const text = complaint.text || error.message;
    // A command group without a command has printed its help already.
    if (error.code === "commander.help" && common.json !== true) {
      surroundings.stderr.write(text);
      return EXIT.usage;
    }
    return reportError(wrongUsage(sentence(text), `See ${helpOf(line, args)} --help.`), common, surroundings);
  }
}

/** The words of the command that was meant, as far as they are known. */
function helpOf({ name, commands }: CommandLine, args: readonly string[]): string {
  const [noun, verb] = args;
  const same = commands.filter((command) => command.noun === noun);
  if (same.length === 0) return name;
  return same.some((command) => command.verb === verb) ? `${name} ${noun} ${verb}` : `${name} ${noun}`;
}

function build(line: CommandLine, surroundings: Surroundings, complaint: { text: string }, exit: (code: number) => void): Program {
  const program = new Program(line.name).version(line.version, "--version", "print the version").exitOverride();
  program.configureOutput({
    writeOut: (text) => void surroundings.stdout.write(text),
    writeErr: (text) => void (complaint.text += text),
  });
  program.helpInformation = () => firstScreen(line);
  for (const command of line.commands) {
    const words = [command.noun, ...command.verb.split(" ").filter((word) => word !== "")];
    let parent = program;
    for (const [depth, word] of words.entries()) {
      const known = parent.commands.find((one) => one.name() === word);
      const group = known ?? parent.command(word).helpCommand(false);
      if (known === undefined && depth < words.length - 1) group.summary(`${words.slice(0, depth + 1).join(" ")} commands`);
      parent = group;
    }
    addCommand(parent, command, line.name, surroundings, exit);
  }
  return program;
}

function addCommand(program: Program, command: AnyCommand, executable: string, surroundings: Surroundings, exit: (code: number) => void): void {
  program.description(command.summary);
  const places = Object.entries(command.positionals ?? {});
  for (const [name, parameter] of places) program.argument(placeSyntax(name, parameter), parameter.description);
  const options = Object.entries(command.options ?? {});
  for (const [name, parameter] of options) program.addOption(option(name, parameter));
  program
    .option("--config <path>", "configuration of the identity to act as", "./config.json")
    .option("--json", "print one JSON value on stdout and nothing else there")
    .option("--debug", "show where an error came from");
  const notes = command.notes === undefined ? "" : `\n${command.notes}\n`;
  program.addHelpText("after", `${notes}\nExample:\n  ${executable} ${command.example}`);
  program.action(async (...received: unknown[]) => {
    const raw = program.opts<Record<string, unknown>>();
    const given: Record<string, unknown> = {};
    for (const [index, [name, parameter]] of places.entries()) given[name] = parseParameter(name, parameter, texts(received[index]));
    for (const [name, parameter] of options) {
      const value = raw[keyOf(name, parameter)];
      given[name] = parseParameter(name, parameter, parameter.kind === "flag" ? value === !isNegative(name, parameter) : texts(value));
    }
    // Only these three: a command's own option may be called like anything else that the frame knows.
    const { config, json, debug } = raw as CommonOptions;
    exit(await runCommand(command, given, { config, json, debug }, surroundings));
  });
}

function placeSyntax(name: string, { kind, settings }: Parameter): string {
  const shown = settings.choices?.join("|") ?? settings.placeholder ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  const many = kind === "repeated" ? "..." : "";
  return settings.optional === true ? `[${shown}${many}]` : `<${shown}${many}>`;
}

function option(name: string, parameter: Parameter): Option {
  const { kind, settings, description } = parameter;
  const spelling = `--${spellingOf(name, parameter)}`;
  if (kind === "flag") return new Option(spelling, description);
  const facts = [
    settings.choices && `one of ${settings.choices.join(", ")}`,
    settings.required === true && "required",
    settings.default !== undefined && `default ${settings.default}`,
    kind === "list" && "comma-separated",
    kind === "repeated" && "may be repeated",
  ].filter((fact) => typeof fact === "string");
  const made = new Option(`${spelling} <${settings.placeholder ?? (kind === "number" ? "n" : "value")}>`, facts.length === 0 ? description : `${description} (${facts.join("; ")})`);
  // Repetitions are collected; for a single value the last one counts.
  return made.argParser((value: string, before: string[] | undefined) => [...(before ?? []), value]);
}

function keyOf(name: string, parameter: Parameter): string {
  return new Option(`--${spellingOf(name, parameter)}`).attributeName();
}

/** Commander takes `--no-save` for the opposite of an option `save`, which is true until it is given. */
function isNegative(name: string, parameter: Parameter): boolean {
  return new Option(`--${spellingOf(name, parameter)}`).negate;
}

function texts(value: unknown): string[] | undefined {
  if (value === undefined) return undefined;
  return Array.isArray(value) ? (value as string[]) : [String(value)];
}

/** Commander says "error: unknown option '--x'"; ours are sentences. */
function sentence(text: string): string {
  const plain = text.replace(/^error: /, "").trim().replace(/\n+/g, " ");
  const first = plain.charAt(0).toUpperCase() + plain.slice(1);
  return /[.?)]$/.test(first) ? first : `${first}.`;
}

/** The surroundings of a real process. */
export function processSurroundings(): Surroundings {
  return { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, cwd: process.cwd(), now: () => new Date() };
}

/** What the executables in bin/ do: run, then end with the exit code once everything is written. */
export function main(line: CommandLine): void {
  // A reader that has seen enough (`spctl … | head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? EXIT.done : EXIT.refused));
  const surroundings = processSurroundings();
  const common: CommonOptions = { json: process.argv.includes("--json"), debug: process.argv.includes("--debug") };
  const unexpected = (error: unknown): never => process.exit(reportError(error, common, surroundings));
  process.on("uncaughtException", unexpected);
  process.on("unhandledRejection", unexpected);
  runCommandLine(line, process.argv.slice(2), surroundings).then((code) => {
    process.exitCode = code;
  }, unexpected);
}

