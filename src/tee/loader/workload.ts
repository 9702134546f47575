// SPDX-License-Identifier: Apache-2.0
import { approvalId } from "../../chain/digests";
import { approvalOf } from "../../core/approval";
import { CloisterError, isCloisterError } from "../../core/errors";
import { Fault } from "../../core/orderStatus";
import type { Resource } from "../../core/resource";
import { assertArguments, assertKeyRelease, readKeyRelease, readSealedArguments, type SealedArguments } from "../../core/sealed";
import { sha256Hex } from "../../crypto/hash";
import { openJson } from "../../crypto/seal";
import { blame } from "./failure";
import type { OrderPart, RunOrder } from "./protocol";

/** One input of an order, with what is needed to decrypt it. */
export interface PlannedInput {
  readonly kind: "solution" | "data";
  readonly resource: Resource;
  /** Who answers for its content. */
  readonly fault: Fault;
  /** Hashes of the keys that must have signed it: as the customer sealed it, and as the controller read it of the chain. */
  readonly signers?: readonly string[];
}

/**
 * Opens the sealed arguments and compares every field with the order.
 *
 * @throws OrderFailure
 */
export async function openArguments(order: RunOrder, identity: string): Promise<SealedArguments> {
  const opened = await blame(Fault.Workload, () => openHere(Buffer.from(order.sealed, "base64"), identity, "What its customer sealed for this order"));
  return blame(Fault.Workload, () => {
    const sealed = readSealedArguments(opened);
    const { chainId, orderBook, customer, solutionHash, inputsHash, argumentsHash, resultRecipient } = order;
    assertArguments(sealed, { chainId, orderBook, customer, solutionHash, inputsHash, argumentsHash, resultRecipient });
    for (const [kind, stated] of [["solution", order.ownSolutions], ["data", order.ownData]] as const) {
      const actual = sealed.inputs.filter((input) => input.kind === kind && input.offer === "own").length;
      if (actual !== stated) {
        throw new CloisterError("OwnInputsMismatch", `The order states ${stated} own ${kind} inputs, its sealed arguments hold ${actual}.`, "Place the order again with the true number.", { kind, stated, actual });
      }
    }
    return sealed;
  });
}

/**
 * Finds for every input its resource: the customer's own in the sealed arguments, those of offers in key releases that were
 * sealed for exactly this order, or in clear where the content is public.
 *
 * @throws OrderFailure
 */
export async function planInputs(order: RunOrder, sealed: SealedArguments, identity: string, at: Date): Promise<PlannedInput[]> {
  const left = [...order.parts];
  const planned: PlannedInput[] = [];
  for (const input of sealed.inputs) {
    if (input.offer === "own") {
      planned.push({ kind: input.kind, resource: input.resource as Resource, fault: Fault.Workload });
      continue;
    }
    const found = left.findIndex((part) => part.kind === input.kind && part.offer === input.offer && part.version === input.version);
    const [part] = found < 0 ? [] : left.splice(found, 1);
    const known = await blame(Fault.Workload, () => {
      if (part === undefined) throw partMissing(`the ${input.kind} of offer ${input.offer}, version ${input.version}, which the sealed arguments name`);
      if (part.contentHash !== input.hash) {
        throw new CloisterError("ContentHashMismatch", `The sealed arguments name content ${input.hash} for offer ${input.offer}, its version ${input.version} has ${part.contentHash}.`, "Place the order again with the offer's present version.", { offer: input.offer });
      }
      return part;
    });
    const signers = [...new Set([input.signatureKeyHash, known.signatureKeyHash].filter((key) => key !== undefined))];
    planned.push({ kind: input.kind, resource: await blame(Fault.Input, () => openRelease(order, sealed, known, identity, at)), fault: Fault.Input, signers });
  }
  await blame(Fault.Workload, () => {
    if (left.length > 0) throw new CloisterError("InputsMismatch", `The order has ${left.length} parts that its sealed arguments do not name.`, "Place the order again.");
    if (!planned.some(({ kind }) => kind === "solution")) throw partMissing("a solution");
  });
  return planned;
}

async function openRelease(order: RunOrder, sealed: SealedArguments, part: OrderPart, identity: string, at: Date): Promise<Resource> {
  if (part.release === undefined) {
    if (part.resource === undefined) throw partMissing(`the key release of suborder ${part.suborder}`);
    // Public content needs no release: what it is, is decided by its hash alone.
    if (part.resource.hash.hash !== part.contentHash) throw new CloisterError("ContentHashMismatch", `The resource of suborder ${part.suborder} is for other content than its offer's version.`, "Complete the suborder with the offer's own resource.");
    return part.resource;
  }
  const bytes = Buffer.from(part.release, "base64");
  const release = readKeyRelease(await openHere(bytes, identity, `The key release of suborder ${part.suborder}`));
  const domain = { chainId: order.chainId, verifyingContract: order.orderBook };
  const id = "approval" in release ? approvalId(domain, approvalOf(release, sha256Hex(bytes))) : undefined;
  const subject = {
    chainId: order.chainId,
    orderBook: order.orderBook,
    order: order.order,
    suborder: part.suborder,
    customer: sealed.customer,
    approval: part.approval,
    offer: part.offer,
    offerVersion: part.version,
    dataHash: part.contentHash,
    solutionHash: sealed.solutionHash,
    inputsHash: sealed.inputsHash,
    argumentsHash: sealed.argumentsHash,
    resultRecipient: sealed.resultRecipient,
    at,
  };
  assertKeyRelease(release, subject, id);
  return release.resource;
}

/** Opens what must be sealed to this device, and tells the customer of one that is not what that means. */
async function openHere(sealed: Uint8Array, identity: string, what: string): Promise<unknown> {
  try {
    return await openJson(sealed, identity);
  } catch (error) {
    if (!isCloisterError(error, "NotSealedForUs")) throw error;
    throw new CloisterError("NotSealedForUs", `${what} is not sealed to this device: a machine that was started anew has another one.`, "Place the order again, nothing was charged; an approval that was signed before has to be signed anew.", {}, { cause: error });
  }
}

function partMissing(what: string): CloisterError {
  return new CloisterError("InputMissing", `The order lacks ${what}.`, "Place the order again, or complete its suborders.");
}
