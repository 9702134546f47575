// SPDX-License-Identifier: Apache-2.0
import { inputsHash, NO_ARGUMENTS, type OrderInput } from "../../core/inputs";
import { OfferType } from "../../core/offerType";
import { OrderStatus } from "../../core/orderStatus";
import { parseStatement, type RuntimeInfo } from "../../core/report";
import { decodeResultPointer } from "../../core/result";
import { fromHex, toHex } from "../../core/hex";
import { sha256Hex } from "../../crypto/hash";
import { contradiction, type Story } from "./story";

/** What was ordered, approved and reported is one and the same solution with the same arguments. */
export function checkHashes(story: Story): [true, string] {
  const { order } = story.bundle;
  const [placed] = story.own("OrderPlaced");
  const approvals = story.own("SuborderCompleted").filter(({ args }) => Number(args.status) === OrderStatus.Done && typeOf(story, args.suborder as bigint) !== OfferType.Storage);
  for (const { args } of approvals) {
    if (bare(args.solutionHash) !== order.solutionHash) throw contradiction(`Suborder ${String(args.suborder)} was approved for solution ${bare(args.solutionHash)}, the order is of ${order.solutionHash}.`);
  }
  const onChain = story.onChain;
  if (!onChain) return [true, `${approvals.length} approvals of solution ${order.solutionHash}`];
  if (bare(onChain.solutionHash) !== order.solutionHash) throw contradiction(`The report is of solution ${bare(onChain.solutionHash)}, the order of ${order.solutionHash}.`);
  if (bare(onChain.argumentsHash) !== bare(placed?.args.argumentsHash)) throw contradiction("The report's arguments are not the ones that were ordered.");
  const [published] = story.own("ReportPublished");
  const payload = fromHex(bare(published!.args.payload));
  if (payload.length > 0 && sha256Hex(payload) !== bare(onChain.payloadHash)) throw contradiction("The statement in the report's event has another hash than the signed record.");
  return [true, `${approvals.length} approvals and the report are of solution ${order.solutionHash}, ${bare(onChain.argumentsHash) === NO_ARGUMENTS ? "no arguments" : "the ordered arguments"}`];
}

/** What really ran makes the very inputs that the customer ordered, in some order of own uploads among bought parts. */
export function checkInputs(story: Story): [true, string] {
  const [placed] = story.own("OrderPlaced");
  const { runtimeInfo } = parseStatement(new Uint8Array(Buffer.from(story.bundle.report!.envelope.payload, "base64"))).predicate.workloadInfo;
  const expected = bare(placed?.args.inputsHash);
  for (const solutions of arrangements(story, runtimeInfo, "solution")) {
    for (const data of arrangements(story, runtimeInfo, "data")) {
      if (inputsHash([...solutions, ...data]) === expected) return [true, `what ran are the ${solutions.length + data.length} inputs that were ordered`];
    }
  }
  throw contradiction("What ran are not the inputs that were ordered.");
}

/** Ways in which the contents of a kind can be the bought parts, in their order, with own uploads between them. */
function* arrangements(story: Story, runtimeInfo: RuntimeInfo, kind: "solution" | "data"): Generator<OrderInput[]> {
  const type = kind === "data" ? OfferType.Data : OfferType.Solution;
  const parts = story.bundle.order.parts.filter((part) => part.type === type);
  const contents = runtimeInfo.filter((entry) => (entry.type === "Data") === (kind === "data")).map(({ hash }) => hash.hash);
  const own = contents.length - parts.length;
  if (own < 0) return;
  const place = function* (index: number, used: number): Generator<OrderInput[]> {
    if (index === contents.length) return yield [];
    const part = parts[used];
    const hash = contents[index]!;
    if (part) for (const rest of place(index + 1, used + 1)) yield [{ kind, offer: String(part.offer), version: part.version, hash }, ...rest];
    if (index - used < own) for (const rest of place(index + 1, used)) yield [{ kind, offer: "own", version: 0, hash }, ...rest];
  };
  yield* place(0, 0);
}

/** The result that the event points to is the one whose hash the device signed. */
export function checkResult(story: Story): [true, string] {
  const [ending] = story.own("OrderFinished", "OrderAborted");
  const { args } = ending!;
  const signed = bare(args.resultHash ?? (args.record as Record<string, unknown>).resultHash);
  const pointer = decodeResultPointer(fromHex(bare(args.result)));
  const said = pointer.kind === "stored" || pointer.kind === "granted" ? pointer.sha256 : pointer.kind === "inline" ? sha256Hex(pointer.sealed) : NO_ARGUMENTS;
  if (said !== signed) throw contradiction(`The result's event names the sealed result ${said}, the device signed ${signed}.`);
  return [true, pointer.kind === "none" ? "there is none" : `the sealed result is ${signed}`];
}

function typeOf(story: Story, suborder: bigint): number | undefined {
  return story.bundle.order.parts.find(({ id }) => id === suborder)?.type;
}

/** Hex without 0x. */
export function bare(hash: unknown): string {
  return toHex(fromHex(String(hash).replace(/^0x/, "")));
}
