// SPDX-License-Identifier: Apache-2.0
import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** What a platform measures of a loader, as the reference values name it. */
export async function measureLoader(platform: string, loader: string, state: string): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [platform, "--measure", "--loader", loader, "--state", state]);
  return stdout.trim();
}
