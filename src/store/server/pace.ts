// SPDX-License-Identifier: Apache-2.0
import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CloisterError } from "../../core/errors";

/** How slow a client may be: in each window it has to move so many bytes, or its connection is cut. */
export interface Pace {
  readonly windowMs: number;
  readonly leastBytes: number;
}

/** 1 KiB a second, looked at every 20 seconds. */
export const DEFAULT_PACE: Pace = { windowMs: 20_000, leastBytes: 20 << 10 };

/** The body of a request, cut off where its client is too slow. @throws CloisterError `ClientTooSlow`, `RequestInvalid` where it ended early. */
export async function* bodyOf(request: IncomingMessage, pace: Pace): AsyncGenerator<Uint8Array> {
  let seen = 0;
  const watch = watched(() => seen, pace, (error) => request.destroy(error));
  try {
    for await (const piece of request as AsyncIterable<Buffer>) {
      seen += piece.length;
      // While we write, the client is not the one who is slow.
      watch.pause();
      yield piece;
      watch.resume();
    }
  } catch (error) {
    throw error instanceof CloisterError ? error : new CloisterError("RequestInvalid", `The request's body ended after ${seen} bytes.`, "Send it again.", { seen }, { cause: error });
  } finally {
    watch.stop();
  }
}

/** Sends bytes to a client, cut off where it is too slow. @throws CloisterError `ClientTooSlow`, `ClientGone`. */
export async function sendBody(response: ServerResponse, bytes: AsyncIterable<Uint8Array>, pace: Pace): Promise<void> {
  const { socket } = response;
  const sent = (): number => (socket === null ? 0 : socket.bytesWritten - socket.writableLength);
  let tooSlow: CloisterError | undefined;
  const watch = watched(sent, pace, (error) => response.destroy((tooSlow = error)));
  try {
    await pipeline(Readable.from(bytes, { objectMode: false, highWaterMark: 1 << 20 }), response);
  } catch (error) {
    const left = (error as NodeJS.ErrnoException).code === "ERR_STREAM_PREMATURE_CLOSE";
    throw tooSlow ?? (left ? new CloisterError("ClientGone", "The client left before it had read all.", "Read the rest with a range.", {}, { cause: error }) : error);
  } finally {
    watch.stop();
  }
}

/** Counts only the time in which the client is waited for. */
function watched(progress: () => number, { windowMs, leastBytes }: Pace, cut: (error: CloisterError) => void): { pause(): void; resume(): void; stop(): void } {
  let before = progress();
  let waited = 0;
  /** When the present waiting began; undefined while the client is not waited for. */
  let since: number | undefined = performance.now();
  const look = (): void => {
    const now = performance.now();
    if (waited + (since === undefined ? 0 : now - since) < windowMs) return;
    const moved = progress() - before;
    if (moved < leastBytes) cut(new CloisterError("ClientTooSlow", `The client moved ${moved} bytes in ${windowMs} ms; ${leastBytes} are the least.`, "Go on with the upload, or read the rest, over a better connection.", { moved, leastBytes, windowMs }));
    before += moved;
    waited = 0;
    if (since !== undefined) since = now;
  };
  const timer = setInterval(look, windowMs / 4);
  return {
    pause() {
      if (since !== undefined) waited += performance.now() - since;
      since = undefined;
    },
    resume() {
      since ??= performance.now();
    },
    stop: () => clearInterval(timer),
  };
}
