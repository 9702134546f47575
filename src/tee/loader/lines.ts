// SPDX-License-Identifier: Apache-2.0
import type { Readable, Writable } from "node:stream";
import { CloisterError } from "../../core/errors";

/** Longer lines are refused, so that no peer can fill the memory. Sealed arguments and 16 key releases stay far below. */
const LONGEST = 4 * 2 ** 20;

/** The lines of a stream as they come; ends with it. */
export async function* readLines(stream: Readable): AsyncGenerator<string> {
  let held: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let rest = chunk;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      yield Buffer.concat([...held, rest.subarray(0, at)]).toString("utf8");
      held = [];
      size = 0;
      rest = rest.subarray(at + 1);
    }
    if (rest.length === 0) continue;
    size += rest.length;
    if (size > LONGEST) throw new CloisterError("LineTooLong", `A message is longer than ${LONGEST} bytes.`, "Pass large content by file.");
    held.push(rest);
  }
}

/** Writes one value as a line of JSON. */
export function writeLine(stream: Writable, value: unknown): void {
  stream.write(`${JSON.stringify(value)}\n`);
}
