// SPDX-License-Identifier: Apache-2.0
import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reportDigest } from "../../chain/digests";
import type { Envelope } from "../../core/dsse";
import { toBytes32 } from "../../core/hex";
import { buildRuntimeInfo, buildStatement, type MeasuredInput, type Report, reportHashes, STATEMENT_TYPE, statementBytes, type WorkloadInfo } from "../../core/report";
import { issueOrder } from "../../crypto/certificate";
import { chainToPem } from "../../crypto/certificateContents";
import { signEnvelope } from "../../crypto/dsse";
import { generateKeyPair, type KeyPair, signDigest, toPrivatePem } from "../../crypto/keys";
import { limitText, type HeldLimit, type Runner } from "../runner/runner";
import type { Device } from "./device";
import type { LoaderMessage, RunOrder } from "./protocol";

/** How far before now certificates begin, for clocks that are a little late. */
const LEEWAY = 60_000;

/** What an order's report says, and its key; certificates are re-issued from it at each renewal of the device. */
export class OrderReport {
  private readonly key: KeyPair = generateKeyPair();
  readonly workloadInfo: WorkloadInfo;
  private readonly envelope: Envelope;
  private readonly payload: Uint8Array;
  private readonly statement: ReturnType<typeof buildStatement>;
  /** How long the order's certificates live, as far as the device's own does. */
  private until: Date;

  constructor(
    private readonly device: Device,
    private readonly order: RunOrder,
    measured: readonly MeasuredInput[],
    runner: Runner,
    limits: readonly HeldLimit[],
    at: Date,
  ) {
    this.until = new Date(order.endsAt * 1000);
    this.workloadInfo = { created: Math.floor(at.getTime() / 1000), runtimeInfo: buildRuntimeInfo(measured) };
    this.statement = buildStatement({
      chainId: String(order.chainId),
      orderBook: order.orderBook,
      order: order.order,
      workloadInfo: this.workloadInfo,
      runner: { name: runner.name, isolation: runner.isolation, limits: limits.map(limitText) },
      argumentsHash: order.argumentsHash,
    });
    this.payload = statementBytes(this.statement);
    this.envelope = signEnvelope(device.key, STATEMENT_TYPE, this.payload);
  }

  /** The chain of a fresh order certificate: PEM, root first. */
  private async certify(at: Date): Promise<{ chain: string; leaf: string; authorities: string }> {
    const { issuer, chain } = this.device;
    const from = new Date(Math.max(at.getTime() - LEEWAY, issuer.certificate.validFrom.getTime()));
    const identity = { publicKey: this.key.publicKey, chainId: this.order.chainId, orderBook: this.order.orderBook, order: BigInt(this.order.order), workloadInfo: this.workloadInfo };
    const leaf = await issueOrder(issuer, identity, { from, until: this.until });
    return { chain: chainToPem([...chain, leaf]), leaf: chainToPem([leaf]), authorities: chainToPem([...chain].reverse()) };
  }

  /** Re-issues the certificates where the order now ends later than they do. */
  async prolong(directory: string, until: Date, at: Date): Promise<void> {
    if (until <= this.until) return;
    this.until = until;
    await this.writeCertificates(directory, at);
  }

  /** Writes what the workload finds in /sp/certs, each file at once in the place of the old. */
  async writeCertificates(directory: string, at: Date): Promise<string> {
    const { chain, leaf, authorities } = await this.certify(at);
    const report: Report = { certificate: chain, workloadInfo: this.workloadInfo, envelope: this.envelope };
    await mkdir(join(directory, "workloadInfo"), { recursive: true });
    const files = {
      "order_cert.crt": leaf,
      "order_cert.key": toPrivatePem(this.key),
      "order_cert_ca_bundle.crt": authorities,
      "workloadInfo/order_report.json": `${JSON.stringify(report, null, 2)}\n`,
    };
    for (const [name, text] of Object.entries(files)) {
      const path = join(directory, name);
      await writeFile(`${path}.new`, text, { mode: 0o600 });
      await rename(`${path}.new`, path);
    }
    return chain;
  }

  /** The message that brings the report to the chain: the fixed record, signed, and the envelope. */
  message(certificate: string): Extract<LoaderMessage, { type: "report" }> {
    const { order } = this;
    const hashes = reportHashes(this.statement, this.payload);
    const record = {
      order: order.order,
      offer: order.offer,
      solutionHash: toBytes32(hashes.solutionHash),
      argumentsHash: toBytes32(hashes.argumentsHash),
      runtimeInfoHash: toBytes32(hashes.runtimeInfoHash),
      payloadHash: toBytes32(hashes.payloadHash),
      startedAt: this.workloadInfo.created,
    };
    const digest = reportDigest({ chainId: order.chainId, verifyingContract: order.orderBook }, { ...record, order: BigInt(order.order), offer: BigInt(order.offer) });
    return { type: "report", id: order.id, record, signature: signDigest(this.device.key, digest), envelope: this.envelope, certificate };
  }
}
