// SPDX-License-Identifier: Apache-2.0

/** How a command prints its result for people; everything goes to stdout. */
export class Printer {
  constructor(private readonly write: (text: string) => void) {}

  line(text = ""): void {
    this.write(`${text}\n`);
  }

  /** `name: value` lines, nested objects indented; `undefined` is left out. */
  fields(value: object, indent = ""): void {
    for (const [name, member] of Object.entries(value)) {
      if (member === undefined) continue;
      if (isNested(member)) {
        this.line(`${indent}${name}:`);
        this.fields(member, `${indent}  `);
      } else {
        this.line(`${indent}${name}: ${shown(member)}`);
      }
    }
  }

  /** Aligned columns under their names; the columns are those of the first row unless named. */
  table(rows: readonly object[], columns: readonly string[] = Object.keys(rows[0] ?? {})): void {
    const cells = rows.map((row) => columns.map((column) => shown((row as Record<string, unknown>)[column])));
    const widths = columns.map((column, index) => Math.max(column.length, ...cells.map((row) => row[index]!.length)));
    for (const row of [columns, widths.map((width) => "-".repeat(width)), ...cells]) {
      this.line(row.map((cell, index) => cell.padEnd(widths[index]!)).join("  ").trimEnd());
    }
  }
}

/**
 * JSON of a result: bigint as decimal text, bytes as 0x-hex, dates as ISO text, maps as objects.
 *
 * @param space indentation.
 */
export function toJson(value: unknown, space?: number): string {
  // JSON.stringify calls toJSON before the replacer, so that dates and buffers have to be looked up in their holder.
  return JSON.stringify(
    value,
    function (this: Record<string, unknown>, key, member: unknown) {
      const original = key === "" ? member : this[key];
      if (typeof member === "bigint") return member.toString();
      if (original instanceof Uint8Array) return `0x${Buffer.from(original).toString("hex")}`;
      if (member instanceof Map) return Object.fromEntries(member);
      return member;
    },
    space,
  ) ?? "null";
}

function isNested(value: unknown): value is object {
  return typeof value === "object" && value !== null && !(value instanceof Date) && !(value instanceof Uint8Array) && !isPlainList(value);
}

function isPlainList(value: object): boolean {
  return Array.isArray(value) && value.every((item) => typeof item !== "object" || item === null);
}

function shown(value: unknown): string {
  if (value === undefined || value === null) return "-";
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `0x${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return value.map(shown).join(", ");
  return typeof value === "object" ? toJson(value) : String(value);
}
