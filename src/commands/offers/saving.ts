// SPDX-License-Identifier: Apache-2.0
import type { Context } from "../context";
import { writeJsonFile } from "../files/textFile";

/** Hands a result on, and writes it to a file where one was named. */
export async function saveFile<Value>(context: Context, path: string | undefined, what: string, value: Value): Promise<Value> {
  if (path === undefined) return value;
  await writeJsonFile(context.path(path), value);
  context.message(`Saved the ${what} to ${path}`);
  return value;
}
