// SPDX-License-Identifier: Apache-2.0
import { ROLES, type AnyCommand, type CommandLine, type Role } from "./command";

/** Commands a group may show; the rest is found with `<noun> --help`. */
export const LISTED_PER_ROLE = 8;

const TITLES: Readonly<Record<Role, string>> = {
  customer: "As a customer",
  "data owner": "As a data owner or solution author",
  "machine owner": "As a machine owner",
  operator: "As an operator of a market",
};

/** The first help screen: what the executable is for, its commands by role, what all of them take. */
export function firstScreen({ name, summary, commands }: CommandLine): string {
  const width = Math.max(0, ...commands.map((command) => syntaxOf(command).length));
  const groups = ROLES.flatMap((role) => {
    const listed = commands.filter((command) => command.role === role && command.listed !== false).slice(0, LISTED_PER_ROLE);
    if (listed.length === 0) return [];
    return [`${TITLES[role]}:`, ...listed.map((command) => `  ${syntaxOf(command).padEnd(width)}  ${command.summary}`), ""];
  });
  const nouns = [...new Set(commands.map((command) => command.noun))].sort();
  return [
    `${name}: ${summary}`,
    "",
    `Usage: ${name} <noun> <verb> [arguments] [options]`,
    "",
    ...groups,
    "Every command takes:",
    `  --config <path>  configuration of the identity to act as (default ./config.json; \`${name} setup\` makes one)`,
    "  --json           print one JSON value on stdout and nothing else there",
    "  --help           its arguments, options and an example",
    "",
    `All commands of a noun: ${name} <noun> --help, with <noun> one of ${nouns.join(", ")}`,
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage",
    "",
  ].join("\n");
}

function syntaxOf(command: AnyCommand): string {
  const places = Object.entries(command.positionals ?? {}).map(([place, { kind, settings }]) => {
    const shown = (settings.choices?.join("|") ?? settings.placeholder ?? place) + (kind === "repeated" ? "..." : "");
    return settings.optional === true ? `[${shown}]` : `<${shown}>`;
  });
  return [command.noun, command.verb, ...places].filter((word) => word !== "").join(" ");
}
