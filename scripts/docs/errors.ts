// SPDX-License-Identifier: Apache-2.0
import { ERROR_TEXTS } from "../../src/chain/errorTexts";
import { projectFiles, textOf } from "../check/files";
import { type ErrorSource, errorSources } from "./errorSources";

/** docs/errors.md: every error of the contracts and of the toolkit, with its sentence and what to do. */
export function errorsPage(): string {
  const contracts = Object.entries(ERROR_TEXTS).map(([code, [sentence, fix]]) => ({ code, sentence, fix }));
  const toolkit = projectFiles()
    .filter((file) => /^src\/.*\.ts$/.test(file))
    .flatMap((file) => errorSources(file, textOf(file)));
  return [
    "# Errors",
    "",
    "Made by `npx tsx scripts/docs/write.ts` from the sources; `npm run lint` fails when it is stale.",
    "",
    "Every refusal has a code that names the broken rule, one sentence with the ids, the given value and the limit",
    "(`{names}` stand for them here), and a way out. Commands print all three; with `--json` the error is",
    "`{\"error\": {\"code\", \"message\", \"fix\", …}}`. Exit code 1 is a refusal, 2 is wrong usage.",
    "",
    `## Contracts (${contracts.length})`,
    "",
    "Raised on chain, decoded by the tools.",
    "",
    ...table(contracts),
    "",
    `## Toolkit (${new Set(toolkit.map(({ code }) => code)).size})`,
    "",
    "Raised by the commands, the loader, the controller and the libraries. One code may have several sentences.",
    "",
    ...table(toolkit),
    "",
  ].join("\n");
}

function table(sources: readonly ErrorSource[]): string[] {
  const rows = sources.map(({ code, sentence, fix }) => `| \`${code}\` | ${cell(sentence)} | ${cell(fix)} |`);
  return ["| code | says | what to do |", "|---|---|---|", ...[...new Set(rows)].sort()];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replace(/\s+/g, " ").trim();
}
