// SPDX-License-Identifier: Apache-2.0
import { basename } from "node:path";

import type { GivenResource } from "../../evidence/reportComparison";
import { loadResource } from "../files/resourceFile";

/** The contents that resource files on the command line name. */
export async function readGivenResources(paths: readonly string[], path: (given: string) => string): Promise<GivenResource[]> {
  return Promise.all(
    paths.map(async (given) => {
      const { hash, size } = await loadResource(path(given));
      return { name: basename(given), hash: hash.hash, size };
    }),
  );
}
