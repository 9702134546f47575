// SPDX-License-Identifier: Apache-2.0
import { CloisterError } from "../../core/errors";

/** What s3mini's errors say besides their message, which may quote the service's whole answer and is never shown. */
interface Refused {
  readonly status?: number;
  readonly serviceCode?: string;
}

/** Codes by which services refuse a key or a signature. */
const NOT_BELIEVED = ["SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthorizationHeaderMalformed", "InvalidSignature", "UnauthorizedAccess"];

/** Whether another attempt may help: the connection failed, or the service is overloaded. */
export function isPassing(error: unknown): boolean {
  if (error instanceof CloisterError || !(error instanceof Error)) return false;
  const { status } = error as Refused;
  if (status !== undefined) return status >= 500 || status === 429 || status === 408;
  // fetch's own failures; anything else is a mistake of ours.
  return error.name === "S3NetworkError" || /fetch failed|terminated|network|socket/i.test(error.message) || "code" in error;
}

export function unreachable(name: string, error: unknown): CloisterError {
  const { status } = error as Refused;
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
  const reason = status === undefined ? (cause ?? (error instanceof Error ? error.message : String(error))) : `it answers ${status}`;
  return new CloisterError("StoreUnreachable", `The S3 bucket ${name} cannot be used: ${reason}.`, "Check storage.endpoint and the connection, and start again: it goes on where it ended.", { bucket: name }, { cause: error });
}

/** An error of the service in our words. */
export function s3Error(name: string, error: unknown): unknown {
  if (error instanceof CloisterError || !(error instanceof Error)) return error;
  const { status, serviceCode = "" } = error as Refused;
  const details = { bucket: name, status, serviceCode };
  if (NOT_BELIEVED.includes(serviceCode)) {
    return new CloisterError("StoreCredentialsRefused", `The S3 bucket ${name} refuses the access key or its secret (${serviceCode}).`, "Correct storage.accessKeyId, storage.secretKey and storage.region in the configuration.", details);
  }
  if (serviceCode === "RequestTimeTooSkewed") return new CloisterError("StoreClockWrong", `The S3 bucket ${name} says that this machine's clock is wrong.`, "Set the clock.", details);
  if (serviceCode === "NoSuchBucket") return new CloisterError("StoreMissing", `The S3 bucket ${name} does not exist.`, "Create it, or correct storage.bucket in the configuration.", details);
  if (status === 401 || status === 403) return new CloisterError("StoreDenied", `The S3 bucket ${name} does not permit this (${serviceCode || status}).`, "Give the access key the right to read, write, list and delete there.", details);
  if (status === undefined) return error;
  return new CloisterError("StoreFailed", `The S3 bucket ${name} failed: it answered ${status} ${serviceCode}.`, "Start again; if it stays, ask its operator.", details);
}
