// SPDX-License-Identifier: Apache-2.0

/** Shows how far a long step is, on stderr. */
export interface Progress {
  update(done: number, total: number): void;
  /** Ends the line of the bar. */
  end(): void;
}

const WIDTH = 30;
/** Milliseconds between two drawings of the bar. */
const PAUSE = 80;

/** What is counted: bytes are shown as sizes, with their speed. */
export type Unit = "bytes" | "blocks" | "orders" | "offers";

/** A bar that is redrawn on a terminal; elsewhere (a log, a pipe) one line each quarter. `now` gives milliseconds. */
export function showProgress(label: string, write: (text: string) => void, terminal: boolean, now: () => number, unit: Unit = "bytes"): Progress {
  return terminal ? bar(label, write, now, unit) : lines(label, write, unit);
}

function bar(label: string, write: (text: string) => void, now: () => number, unit: Unit): Progress {
  const start = now();
  let drawn = -Infinity;
  return {
    update(done, total) {
      if (now() - drawn < PAUSE && done < total) return;
      drawn = now();
      const part = total === 0 ? 1 : Math.min(1, done / total);
      const filled = Math.round(WIDTH * part);
      const speed = done / 2 ** 20 / Math.max(0.001, (drawn - start) / 1000);
      write(`\r${label} [${"#".repeat(filled)}${".".repeat(WIDTH - filled)}] ${Math.floor(100 * part)}% ${shown(done, unit)} of ${shown(total, unit)}${unit === "bytes" ? `, ${speed.toFixed(0)} MiB/s` : ""}  `);
    },
    end: () => write(drawn === -Infinity ? "" : "\n"),
  };
}

function lines(label: string, write: (text: string) => void, unit: Unit): Progress {
  let next = 25;
  return {
    update(done, total) {
      const percent = total === 0 ? 100 : Math.min(100, Math.floor((100 * done) / total));
      if (percent < next) return;
      next = percent - (percent % 25) + 25;
      write(`${label}: ${percent}% of ${shown(total, unit)}\n`);
    },
    end: () => undefined,
  };
}

function shown(amount: number, unit: Unit): string {
  return unit === "bytes" ? size(amount) : `${amount} ${unit}`;
}

function size(bytes: number): string {
  if (bytes < 1 << 10) return `${bytes} B`;
  if (bytes < 1 << 20) return `${(bytes / 2 ** 10).toFixed(1)} KiB`;
  if (bytes < 2 ** 30) return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}
