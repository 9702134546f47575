// SPDX-License-Identifier: Apache-2.0

/**
 * The fields of each element of a name in an S3 answer: `<Part><Size>5</Size></Part>` gives `{Size: "5"}`. S3's answers are flat, without
 * attributes that matter; anything else gives no fields.
 */
export function fieldsOf(xml: string, element: string): Record<string, string | undefined>[] {
  return [...xml.matchAll(new RegExp(`<${element}(?:\\s[^>]*)?>([\\s\\S]*?)</${element}>`, "g"))].map(([, inside = ""]) =>
    Object.fromEntries([...inside.matchAll(/<(\w+)>([^<]*)<\/\1>/g)].map(([, name, value]) => [name, value])),
  );
}
