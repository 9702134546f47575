// SPDX-License-Identifier: Apache-2.0
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { CloisterError } from "../../core/errors";
import { Fault } from "../../core/orderStatus";
import type { MeasuredInput } from "../../core/report";
import type { ResourcePlace } from "../../core/resource";
import { signatureOfResource } from "../../core/solutionSignature";
import { openStream } from "../../crypto/age";
import { assertSolutionSigned } from "../../crypto/solutionSignature";
import { unpackDirectory } from "../../store/archive";
import { nodeCipher } from "../../store/nodeCipher";
import { verified } from "../../store/verified";
import { inputName } from "../runner/root";
import { blame, OrderFailure } from "./failure";
import type { PlannedInput } from "./workload";

/** The order's plaintext, all in the loader's tmpfs. */
export interface Workload {
  /** The image archive. */
  readonly image: string;
  /** Whose fault a bad image is. */
  readonly imageFault: Fault;
  /** Directories of solutions that run on the image, in order, for /sp/run. */
  readonly programs: readonly string[];
  /** Directories for /sp/inputs, in order. */
  readonly inputs: readonly string[];
  readonly measured: readonly MeasuredInput[];
}

/** How a stored content is named between loader and controller: the hash of its ciphertext, else its URL. */
export function fileKey(place: ResourcePlace): string {
  return place.type === "URL" ? place.url : place.filepath;
}

/**
 * Decrypts all inputs in constant memory and measures them on the way. What is not what its resource promises is refused.
 *
 * @param files paths of ciphertexts by {@link fileKey}.
 * @throws OrderFailure
 */
export async function decryptWorkload(planned: readonly PlannedInput[], files: Readonly<Record<string, string>>, directory: string): Promise<Workload> {
  const [images, programs, inputs]: [PlannedInput[], string[], string[]] = [[], [], []];
  const measured: MeasuredInput[] = [];
  let image = "";
  for (const input of planned) {
    const { resource } = input;
    if (input.kind === "data") {
      const target = join(directory, inputName(inputs.length));
      inputs.push(target);
      if (resource.kind === "directory") await decryptInto(input, files, target, true);
      else {
        await mkdir(target);
        await decryptInto(input, files, join(target, resource.filename ?? resource.hash.hash.slice(0, 16)), false);
      }
    } else if (resource.kind === "directory") {
      const target = join(directory, `program-${programs.length + 1}`);
      programs.push(target);
      await decryptInto(input, files, target, true);
    } else {
      images.push(input);
      image = join(directory, "image.tar.gz");
      if (images.length === 1) await decryptInto(input, files, image, false);
    }
    // Decrypted and measured, and nothing of it has run.
    await blame(input.fault, () => assertSigned(input));
    const type = input.kind === "data" ? "Data" : resource.kind === "directory" ? "Solution" : "Image";
    measured.push({ type, size: resource.size, hash: resource.hash.hash });
  }
  await blame(Fault.Workload, () => {
    if (images.length === 1) return;
    throw new CloisterError("SolutionsNotRunnable", `The order has ${images.length} images and ${programs.length} programs; it can run one image, with programs upon it.`, "Order one solution that is an image, or programs with their base image.", { images: images.length, programs: programs.length });
  });
  return { image, imageFault: images[0]?.fault ?? Fault.Workload, programs, inputs, measured };
}

/** What the offer's version calls signed is signed by exactly that key. The hash is the one that the decrypted bytes were held to. */
function assertSigned({ resource, signers = [] }: PlannedInput): void {
  for (const signer of signers) assertSolutionSigned(signatureOfResource(resource), resource.hash.hash, signer);
}

/** Decrypts one input into a file or directory; what goes wrong is blamed on who answers for it. */
async function decryptInto({ resource, fault }: PlannedInput, files: Readonly<Record<string, string>>, target: string, asDirectory: boolean): Promise<void> {
  const place = resource.resource;
  const path = files[fileKey(place)];
  try {
    if (path === undefined) throw fileMissing(fileKey(place));
    const stored = createReadStream(path, { highWaterMark: 1 << 20 });
    const plain = resource.encryption === undefined ? stored : openStream(stored, resource.encryption.key, nodeCipher);
    const checked = verified(plain, resource.hash.hash, resource.size, "The decrypted content");
    if (asDirectory) await unpackWhole(checked, target);
    else await pipeline(checked, createWriteStream(target, { flags: "wx", mode: 0o600, highWaterMark: 4 << 20 }));
  } catch (error) {
    throw (await broughtWrong(place, path)) ?? new OrderFailure((error as NodeJS.ErrnoException).code === "ENOSPC" ? Fault.Machine : fault, error);
  }
}

/** Whether the controller brought another file than the resource names: then it is not the owner whose content is wrong. */
async function broughtWrong(place: ResourcePlace, path: string | undefined): Promise<OrderFailure | undefined> {
  try {
    if (path === undefined) throw fileMissing(fileKey(place));
    const stored = createReadStream(path, { highWaterMark: 1 << 20 });
    if (place.type === "URL") stored.destroy();
    else for await (const piece of verified(stored, place.filepath, undefined, "The file that the controller brought")) void piece;
    return undefined;
  } catch (error) {
    return new OrderFailure(Fault.Machine, (error as NodeJS.ErrnoException).code === "ENOENT" ? fileMissing(fileKey(place)) : error);
  }
}

/** The unpacker stops at the archive's end mark; the hash is checked at the end of the bytes. */
async function unpackWhole(plain: AsyncGenerator<Uint8Array>, target: string): Promise<void> {
  await mkdir(target);
  await unpackDirectory(plain, target);
  for await (const rest of plain) void rest;
}

function fileMissing(key: string): CloisterError {
  return new CloisterError("FileMissing", `The controller did not bring the file ${key}.`, "Check the storage that the machine downloads from.", { key });
}
