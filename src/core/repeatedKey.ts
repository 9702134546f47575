// SPDX-License-Identifier: Apache-2.0

const TOKENS = /"(?:[^"\\]|\\.)*"|[{}[\],]/g;

/**
 * The first key that an object of a JSON text has twice, or undefined. JSON leaves open which of the two counts (RFC 8259, section 4), so
 * two readers of one signed text may see two things.
 *
 * @param text well-formed JSON
 */
export function repeatedKey(text: string): string | undefined {
  /** The keys of each object that is open; of a list none. */
  const open: (Set<string> | undefined)[] = [];
  let atKey = false;
  for (const [token] of text.matchAll(TOKENS)) {
    const keys = open.at(-1);
    if (token === "{" || token === "[") {
      open.push(token === "{" ? new Set() : undefined);
      atKey = token === "{";
    } else if (token === "}" || token === "]") {
      open.pop();
      atKey = false;
    } else if (token === ",") {
      atKey = keys !== undefined;
    } else if (atKey && keys) {
      const key = JSON.parse(token) as string;
      if (keys.has(key)) return key;
      keys.add(key);
      atKey = false;
    }
  }
  return undefined;
}
