// SPDX-License-Identifier: Apache-2.0
import { defineCommand, flag, number, positional, text } from "../command";

export const filesUpload = defineCommand({
  noun: "files",
  verb: "upload",
  summary: "Encrypt and store a file or directory",
  role: "data owner",
  example: "files upload ./dataset --output dataset.resource.json",
  notes: `The resource file that it writes says where the content is and how to decrypt it: whoever gets the file gets the content.
An interrupted upload goes on where it ended when the same command is given again.`,
  positionals: { path: positional("file or directory") },
  options: {
    output: text("where to write the resource file", { default: "./resource.json", placeholder: "path" }),
    filename: text("name that the content gets when downloaded (default: its own)", { placeholder: "name" }),
    metadata: text("JSON file with an object to keep in the resource file", { placeholder: "path" }),
    keepDays: number("days after which the store need not keep it, and removes it; kept without end when absent"),
    skipEncryption: flag("store the plain content, readable by everybody who reads the store"),
    useAddon: flag("accepted as in older guides; files and directories both work without it"),
  },
  async run(context, { path, output, filename, metadata, keepDays, skipEncryption }) {
    const { checkWritable, readJsonObject, writeResource } = await import("./resourceFile");
    const { checkFileName, readResource } = await import("../../core/resource");
    const { upload } = await import("../../store/upload");
    // Everything that can be refused is refused before gigabytes are stored.
    if (filename !== undefined) checkFileName(filename);
    const target = context.path(output);
    await checkWritable(target);
    const extra = metadata === undefined ? undefined : await readJsonObject(context.path(metadata));
    const store = await context.store();
    const progress = context.progress(skipEncryption ? "Uploading" : "Encrypting and uploading");
    const { resource, kept } = await upload({
      source: context.path(path),
      store,
      stateDirectory: context.stateDirectory,
      filename,
      encrypt: !skipEncryption,
      keepUntil: keepDays === undefined ? undefined : Math.floor(context.now().getTime() / 1000) + keepDays * 24 * 3600,
      signal: context.signal,
      onProgress: (done, total) => progress.update(done, total),
    }).finally(() => progress.end());
    if (kept > 0) context.message(`${kept} bytes of an interrupted upload were kept`);
    const whole = readResource(extra === undefined ? resource : { ...resource, metadata: extra });
    const earlier = await writeResource(target, whole);
    if (earlier !== undefined) context.message(`The resource file that was there is now ${earlier}: it may hold the only key of its content`);
    const { hash, size, kind } = whole;
    return { output: target, kind, size, hash: hash.hash, encrypted: whole.encryption !== undefined, place: placeOf(whole), keptUntil: whole.keptUntil };
  },
  print({ output, keptUntil }, out) {
    out.line("File was uploaded successfully");
    out.line(`Resource file was created in ${output}`);
    if (keptUntil !== undefined) out.line(`It is kept until ${new Date(keptUntil * 1000).toISOString()}`);
  },
});

/** Where it is stored, without what gives access. */
function placeOf({ resource }: import("../../core/resource").Resource): string {
  return resource.type === "URL" ? resource.url : `${resource.storageType}:${resource.filepath}`;
}
