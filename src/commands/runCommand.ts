// SPDX-License-Identifier: Apache-2.0
import { CloisterError, isCloisterError } from "../core/errors";
import { numberTooLarge } from "../core/numberTooLarge";
import { WRONG_USAGE, type AnyCommand } from "./command";
import { Context, type ChainProvider, type Surroundings } from "./context";
import { Printer, toJson } from "./printer";
import { systemError } from "./systemErrors";

/** Exit codes: everything that was asked is done, a refusal or failure, wrong usage. */
export const EXIT = { done: 0, refused: 1, usage: 2 } as const;

/** What every command takes besides its own options. */
export interface CommonOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
  readonly provider?: ChainProvider;
}

/**
 * Runs a command, prints its result or error, and says the exit code.
 * With `--json` stdout gets exactly one JSON value: the result, or `{error: {code, message, fix, details}}`.
 */
export async function runCommand(command: AnyCommand, given: Record<string, unknown>, common: CommonOptions, surroundings: Surroundings): Promise<number> {
  const stop = new AbortController();
  const interrupt = (): void => {
    // The first Ctrl-C lets the command end in order, the second ends the process.
    if (stop.signal.aborted) process.exit(EXIT.refused);
    stop.abort();
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  const context = new Context(surroundings, { configPath: common.config, json: common.json, signal: stop.signal, provider: common.provider });
  try {
    const data = await command.run(context, given);
    if (common.json === true) surroundings.stdout.write(`${toJson(data, 2)}\n`);
    else command.print(data, new Printer((text) => void surroundings.stdout.write(text)));
    return command.done === undefined || command.done(data) ? EXIT.done : EXIT.refused;
  } catch (error) {
    return reportError(error, common, surroundings);
  } finally {
    process.off("SIGINT", interrupt);
    process.off("SIGTERM", interrupt);
    await context.end();
  }
}

/** Prints an error (without a stack, unless `--debug`) and says the exit code it deserves. */
export function reportError(error: unknown, common: CommonOptions, { stdout, stderr }: Surroundings): number {
  const known = asCloisterError(error);
  if (common.json === true) {
    const { code, message, fix, details } = known;
    stdout.write(`${toJson({ error: { code, message, fix, details } }, 2)}\n`);
  } else {
    stderr.write(`Error: ${known.message} (${known.code})\n`);
    if (known.fix !== undefined) stderr.write(`Fix: ${known.fix}\n`);
  }
  if (common.debug === true) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) stderr.write(`${cause.stack ?? cause.message}\n`);
  }
  return known.code === WRONG_USAGE ? EXIT.usage : EXIT.refused;
}

function asCloisterError(error: unknown): CloisterError {
  if (isCloisterError(error)) return error;
  const refused = systemError(error) ?? numberTooLarge(error);
  if (refused !== undefined) return refused;
  const message = error instanceof Error ? error.message.split("\n")[0]! : String(error);
  if (error instanceof Error && error.name === "AbortError") return new CloisterError("Interrupted", "The command was interrupted.", "Start it again.");
  return new CloisterError("Unexpected", `Something unexpected happened: ${message}`, "Run it again with --debug to see where; if it stays, please report it.", {}, { cause: error });
}
