// SPDX-License-Identifier: Apache-2.0
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "../check/files";
import { DOCUMENTS } from "./documents";

/** Writes the pages that are made from the sources. */
for (const [file, make] of Object.entries(DOCUMENTS)) {
  writeFileSync(join(ROOT, file), make());
  process.stdout.write(`wrote ${file}\n`);
}
