// SPDX-License-Identifier: Apache-2.0
import { existsSync } from "node:fs";
import { join } from "node:path";

import { CloisterError } from "../../core/errors";

/**
 * Path of a built executable: beside this one where it runs from dist/, else in the checkout's dist/.
 *
 * @throws CloisterError `NotBuilt`.
 */
export function bundlePath(name: string): string {
  const found = [join(__dirname, name), join(__dirname, "..", "..", "..", "dist", name)].find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new CloisterError("NotBuilt", `${name} is not built.`, "Run `npm run build`.", { name });
}
