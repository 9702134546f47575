// SPDX-License-Identifier: Apache-2.0
import { wrongUsage } from "./command";

/** Fields of a thing by name, and how each is read: what nobody asked for is never read. */
export type Columns<Thing> = Readonly<Record<string, (thing: Thing) => unknown>>;

/** The fields asked for, or the given ones where none was. Refuses unknown names as wrong usage. */
export function chooseFields(columns: Columns<never>, asked: readonly string[], otherwise: readonly string[] = Object.keys(columns)): readonly string[] {
  const unknown = asked.find((field) => !Object.hasOwn(columns, field));
  if (unknown !== undefined) throw wrongUsage(`There is no field "${unknown}".`, `Fields are ${Object.keys(columns).join(", ")}.`);
  return asked.length > 0 ? asked : otherwise;
}

/** The named fields of a thing. */
export async function readColumns<Thing>(columns: Columns<Thing>, thing: Thing, fields: readonly string[]): Promise<Record<string, unknown>> {
  const values = await Promise.all(fields.map((field) => columns[field]!(thing)));
  return Object.fromEntries(fields.map((field, index) => [field, values[index]]));
}
