// SPDX-License-Identifier: Apache-2.0
import { Agent as PlainAgent, type IncomingMessage, request as plainRequest, type RequestOptions } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { CloisterError } from "../../core/errors";
import { type Far, persist } from "../resumed";

/** A request to a store server. */
export interface Asked {
  readonly method: "GET" | "HEAD" | "PUT" | "PATCH" | "POST" | "DELETE";
  readonly path: string;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: Uint8Array;
}

/** Milliseconds without a byte after which a connection is given up; the end of an upload may take longer. */
const SILENCE = 30_000;
const SILENCE_AT_END = 600_000;
const LONGEST_REFUSAL = 64 << 10;

/** A failure of the connection, not the server's answer: worth another attempt. */
export class ConnectionFailure extends Error {}

/** Requests to one store server, over connections that are kept. Its token is sent to this server alone, and never logged. */
export class StoreConnection implements Far {
  private readonly agent: PlainAgent;

  /** @param endpoint URL of the server, without a path. */
  constructor(
    readonly endpoint: URL,
    private readonly token: string,
  ) {
    const settings = { keepAlive: true, maxSockets: 8 };
    this.agent = endpoint.protocol === "https:" ? new TlsAgent(settings) : new PlainAgent(settings);
  }

  /**
   * The server's answer, whose body is still to be read.
   *
   * @throws ConnectionFailure, or CloisterError with what the server refuses.
   */
  async open(asked: Asked): Promise<IncomingMessage> {
    const response = await this.send(asked);
    const { statusCode = 0 } = response;
    if (statusCode >= 200 && statusCode < 300) return response;
    throw await this.refusal(response);
  }

  /** As {@link open}, with the body read as JSON, and repeated where the connection fails. */
  async ask(asked: Asked): Promise<{ headers: IncomingMessage["headers"]; body: unknown }> {
    return persist(this, async () => {
      const response = await this.open(asked);
      const text = (await bytesOf(response)).toString("utf8");
      return { headers: response.headers, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
    });
  }

  /** A server may also still hold an upload for a connection that has just broken. */
  isPassing(error: unknown): boolean {
    return error instanceof ConnectionFailure || (error instanceof CloisterError && (error.code === "UploadInProgress" || error.code === "ClientTooSlow"));
  }

  unreachable(cause: unknown): CloisterError {
    const reason = cause instanceof Error ? cause.message : String(cause);
    return new CloisterError("StoreUnreachable", `The store server at ${this.endpoint.origin} does not answer: ${reason}.`, "Check its address and the connection, and start again: it goes on where it ended.", { endpoint: this.endpoint.origin }, { cause });
  }

  private send({ method, path, headers, body }: Asked): Promise<IncomingMessage> {
    const { protocol, hostname, port } = this.endpoint;
    const options: RequestOptions = {
      method,
      path,
      host: hostname.replace(/^\[|\]$/g, ""),
      port: port || (protocol === "https:" ? 443 : 80),
      agent: this.agent,
      headers: { authorization: `Bearer ${this.token}`, ...(method === "PATCH" || method === "PUT" ? { "content-length": body?.length ?? 0 } : {}), ...headers },
    };
    return new Promise((resolve, reject) => {
      const request = (protocol === "https:" ? tlsRequest : plainRequest)(options);
      let answered = false;
      request.on("response", (response) => {
        answered = true;
        resolve(response);
      });
      // A server that refuses may close before it has read all: its answer counts then, not the broken pipe.
      request.on("error", (error) => answered || reject(new ConnectionFailure(error.message, { cause: error })));
      request.setTimeout(method === "POST" ? SILENCE_AT_END : SILENCE, () => request.destroy(new Error("the connection is silent")));
      request.end(body);
    });
  }

  /** The server's own words, without what a terminal would act upon. */
  private async refusal(response: IncomingMessage): Promise<Error> {
    const code = response.headers["cloister-error"];
    let told: { code?: unknown; message?: unknown; fix?: unknown; details?: Record<string, unknown> } = {};
    try {
      const text = (await bytesOf(response)).toString("utf8");
      told = (text === "" ? {} : (JSON.parse(text) as { error?: typeof told }).error) ?? {};
    } catch (error) {
      if (error instanceof ConnectionFailure) return error;
      told = {}; // a proxy's page, not the store's answer
    }
    const name = [told.code, code].find((one): one is string => typeof one === "string" && /^[A-Z][A-Za-z]{2,60}$/.test(one));
    if (name === undefined) return new CloisterError("StoreFailed", `${this.endpoint.origin} answered ${response.statusCode}, not as a store server does.`, "Check storage.url in the configuration.", { status: response.statusCode });
    const { size, until } = told.details ?? {};
    return new CloisterError(name, printable(told.message) ?? `The store server at ${this.endpoint.origin} refused: ${name}.`, printable(told.fix), {
      store: this.endpoint.origin,
      ...(typeof size === "number" && { size }),
      ...(typeof until === "number" && { until }),
    });
  }
}

/** The pieces of an answer's body; a connection that breaks is a {@link ConnectionFailure}. */
export async function* piecesOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    for await (const piece of response as AsyncIterable<Buffer>) yield piece;
  } catch (error) {
    throw new ConnectionFailure(error instanceof Error ? error.message : String(error), { cause: error });
  } finally {
    // Left early, the rest must not be waited for.
    if (!response.complete) response.destroy();
  }
}

/** A short body. */
async function bytesOf(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of piecesOf(response)) {
    size += piece.length;
    if (size > LONGEST_REFUSAL) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function printable(text: unknown): string | undefined {
  return typeof text === "string" ? text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, " ").slice(0, 500) : undefined;
}
