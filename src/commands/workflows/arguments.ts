// SPDX-License-Identifier: Apache-2.0
import { randomBytes } from "node:crypto";

import type { CanonicalValue } from "../../core/canonicalJson";
import { CloisterError } from "../../core/errors";
import type { WorkloadArguments } from "../../core/inputs";
import { readJsonObject } from "../files/resourceFile";

/** What the command line says to the solution; undefined where it says nothing. The salt keeps the hash from being guessed. */
export async function readArguments(
  given: { readonly command: readonly string[]; readonly environment: readonly string[]; readonly solutionConfiguration?: string },
  path: (given: string) => string,
): Promise<WorkloadArguments | undefined> {
  const configuration = given.solutionConfiguration === undefined ? undefined : ((await readJsonObject(path(given.solutionConfiguration))) as CanonicalValue);
  if (given.command.length === 0 && given.environment.length === 0 && configuration === undefined) return undefined;
  return {
    ...(given.command.length > 0 && { command: given.command }),
    ...(given.environment.length > 0 && { environment: Object.fromEntries(given.environment.map(readVariable)) }),
    ...(configuration !== undefined && { configuration }),
    salt: randomBytes(16).toString("hex"),
  };
}

function readVariable(given: string): [string, string] {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)=([\s\S]*)$/.exec(given);
  if (match) return [match[1]!, match[2]!];
  throw new CloisterError("EnvironmentInvalid", `"${given.split("=")[0]}" is not of the form NAME=value.`, "Give --environment NAME=value.");
}
