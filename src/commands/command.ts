// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../core/errors";
import type { Context } from "./context";
import type { Printer } from "./printer";

/** Whose command it is; the first help screen is grouped by it. */
export const ROLES = ["customer", "data owner", "machine owner", "operator"] as const;
export type Role = (typeof ROLES)[number];

/** One positional argument or option; `Value` is what `run` gets for it. */
export interface Parameter<Value = unknown> {
  /**
   * text: one value. number: one whole number, 0 or more. flag: there or not.
   * list: values separated by commas, the option may be repeated. repeated: repeated only, for values that hold commas themselves.
   */
  readonly kind: "text" | "number" | "flag" | "list" | "repeated";
  readonly description: string;
  readonly settings: ParameterSettings;
  /** Only for the type checker. */
  readonly value?: Value;
}

export interface ParameterSettings {
  readonly default?: string | number;
  readonly required?: boolean;
  readonly choices?: readonly string[];
  /** What stands for the value in the help, e.g. `path`. */
  readonly placeholder?: string;
  /** Spelling on the command line where it is not the name in kebab-case, e.g. `suborders_fields`. */
  readonly spelling?: string;
  /** A positional that may be left out. */
  readonly optional?: boolean;
}

type Given<Type, Settings> = Settings extends { default: Type } | { required: true } ? Type : Type | undefined;
type Placed<Settings> = Settings extends { optional: true } ? string | undefined : string;

/** An option with a text value. */
export function text<const S extends ParameterSettings>(description: string, settings?: S): Parameter<Given<string, S>> {
  return { kind: "text", description, settings: settings ?? {} };
}

/** An option with a whole number. Amounts of tokens are {@link text}: they do not fit. */
export function number<const S extends ParameterSettings>(description: string, settings?: S): Parameter<Given<number, S>> {
  return { kind: "number", description, settings: settings ?? {} };
}

/** An option without a value. */
export function flag(description: string, settings: ParameterSettings = {}): Parameter<boolean> {
  return { kind: "flag", description, settings };
}

/** An option with several values: `--fields id,status` or `--fields id --fields status`. */
export function list(description: string, settings: ParameterSettings = {}): Parameter<string[]> {
  return { kind: "list", description, settings };
}

/** An option given once for each value, because a value may hold commas: `--data 5,1 --data 6,2` (as a Hardhat task `--data "5,1;6,2"`). */
export function repeated(description: string, settings: ParameterSettings = {}): Parameter<string[]> {
  return { kind: "repeated", description, settings };
}

/** A positional argument. */
export function positional<const S extends ParameterSettings>(description: string, settings?: S): Parameter<Placed<S>> {
  return { kind: "text", description, settings: settings ?? {} };
}

/** All remaining positional arguments, at least one; only as the last of them. */
export function positionals(description: string): Parameter<string[]> {
  return { kind: "repeated", description, settings: {} };
}

export type ParameterSet = Readonly<Record<string, Parameter>>;
type Values<Set extends ParameterSet> = { [Name in keyof Set]: Set[Name] extends Parameter<infer Value> ? Value : never };

/**
 * A command, defined once and reached by both doors (`spctl files upload`, `npx hardhat files upload`).
 *
 * To add one, write `src/commands/<noun>/<verb>.ts` and name it in `src/commands/catalogue.ts`:
 * ```ts
 * export const ordersGet = defineCommand({
 *   noun: "orders",
 *   verb: "get",
 *   summary: "Show an order",
 *   role: "customer",
 *   example: "orders get 7 --suborders",
 *   positionals: { id: positional("order id") },
 *   options: { suborders: flag("show its suborders too"), fields: list("fields to show") },
 *   async run(context, { id, suborders }) {
 *     const { readOrder } = await import("../../chain/orders"); // heavy rooms are loaded here, so that --help stays fast
 *     return readOrder(await context.market(), BigInt(id), suborders); // context.market("account") where it signs
 *   },
 *   print: (order, out) => out.fields(order),
 * });
 * ```
 * `run` returns plain data: with `--json` it is printed as it is (bigint as decimal text, bytes as hex), otherwise by `print`.
 * A refusal is a thrown {@link CloisterError}; wrong usage that only `run` can see is {@link wrongUsage}.
 */
export interface Command<A extends ParameterSet = ParameterSet, O extends ParameterSet = ParameterSet, Data = unknown> {
  readonly noun: string;
  /** Empty for a command of one word (`setup`); words separated by a blank give another level (`version add`). */
  readonly verb: string;
  readonly summary: string;
  readonly role: Role;
  /** false keeps it off the first help screen, which holds eight a role. */
  readonly listed?: boolean;
  /** A line that works, without the executable's name. */
  readonly example: string;
  /** More for its own help, after the options. */
  readonly notes?: string;
  readonly positionals?: A;
  readonly options?: O;
  run(context: Context, given: Values<A> & Values<O>): Promise<Data>;
  print(data: Data, out: Printer): void;
  /** false when only a part of what was asked is done: the result is printed and the exit code is 1. */
  done?(data: Data): boolean;
}

/** A command with its types forgotten, as the doors handle it. */
export interface AnyCommand extends Omit<Command, "run" | "print" | "done"> {
  run(context: Context, given: Record<string, unknown>): Promise<unknown>;
  print(data: unknown, out: Printer): void;
  done?(data: unknown): boolean;
}

/** An executable: its name, what it is for, and its commands. */
export interface CommandLine {
  readonly name: string;
  readonly summary: string;
  readonly version: string;
  readonly commands: readonly AnyCommand[];
}

/** Checks the definition and forgets its types. */
export function defineCommand<const A extends ParameterSet = {}, const O extends ParameterSet = {}, Data = unknown>(command: Command<A, O, Data>): AnyCommand {
  const names = [...Object.keys(command.positionals ?? {}), ...Object.keys(command.options ?? {})];
  for (const name of names) {
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) throw new Error(`${command.noun} ${command.verb}: the parameter ${name} is not in camelCase`);
    if (RESERVED.has(name)) throw new Error(`${command.noun} ${command.verb}: ${name} is taken by every command or by Hardhat`);
  }
  return command;
}

/** Names that all commands share, and Hardhat's own options. */
const RESERVED = new Set(["config", "json", "debug", "help", "identity", "network", "emoji", "showStackTraces", "version", "maxMemory", "tsconfig", "verbose", "flamegraph", "typecheck"]);

/** An error in how a command was called: exit code 2. */
export function wrongUsage(message: string, fix = "See --help."): CloisterError {
  return new CloisterError(WRONG_USAGE, message, fix);
}

/** Code of {@link wrongUsage}. */
export const WRONG_USAGE = "WrongUsage";

/** Spelling of an option on the command line: `useAddon` is `--use-addon`. */
export function spellingOf(name: string, { settings }: Parameter): string {
  return settings.spelling ?? name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * The value that `run` gets, from the texts a door received (none: the option was not given).
 *
 * @param separator what divides the values of a `repeated` parameter within one text, where the door cannot repeat options.
 */
export function parseParameter(name: string, parameter: Parameter, given: readonly string[] | boolean | undefined, separator?: string): unknown {
  const { kind, settings } = parameter;
  if (kind === "flag") return given === true;
  const texts = Array.isArray(given) ? (given as string[]) : [];
  if (texts.length === 0 && settings.required === true) throw wrongUsage(`--${spellingOf(name, parameter)} is required.`);
  const values = texts.flatMap((one) => (kind === "list" ? one.split(",") : separator !== undefined && kind === "repeated" ? one.split(separator) : [one]));
  if (kind === "list" || kind === "repeated") return values.map((value) => chosen(name, parameter, value.trim())).filter((value) => value !== "");
  const last = values.at(-1) ?? settings.default;
  if (last === undefined) return undefined;
  if (kind === "text") return chosen(name, parameter, String(last));
  if (!/^\d{1,15}$/.test(String(last))) throw wrongUsage(`${name} must be a whole number, not "${last}".`);
  return Number(last);
}

function chosen(name: string, { settings: { choices } }: Parameter, value: string): string {
  if (choices === undefined || choices.includes(value)) return value;
  throw wrongUsage(`${name} must be one of ${choices.join(", ")}, not "${value}".`);
}
