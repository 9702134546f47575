// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";

import { ROOT, textOf } from "../check/files";
import { errorsPage } from "./errors";

/** Pages that are made from the sources. */
export const DOCUMENTS: Readonly<Record<string, () => string>> = {
  "docs/errors.md": errorsPage,
};

/** The pages that differ from what the sources say now. */
export function checkDocuments(): string[] {
  return Object.entries(DOCUMENTS)
    .filter(([file, make]) => !existsSync(join(ROOT, file)) || textOf(file) !== make())
    .map(([file]) => `${file} is stale: run npx tsx scripts/docs/write.ts`);
}
