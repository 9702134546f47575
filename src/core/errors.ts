// SPDX-License-Identifier: Apache-2.0

/** What an error carries besides its sentence: ids, the value given and the limit it broke. Bigints are printed as decimal text. */
export type ErrorDetails = Readonly<Record<string, string | number | bigint | boolean | undefined>>;

/**
 * Every error that a user can meet. `code` names the broken rule (PascalCase, stable, listed in docs/errors.md),
 * `message` is one sentence with the ids, the given value and the limit, `fix` says what to do about it.
 */
export class CloisterError extends Error {
  override readonly name = "CloisterError";

  constructor(
    readonly code: string,
    message: string,
    readonly fix?: string,
    readonly details: ErrorDetails = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Whether `error` is a {@link CloisterError} (of the given code, if one is named). */
export function isCloisterError(error: unknown, code?: string): error is CloisterError {
  return error instanceof CloisterError && (code === undefined || error.code === code);
}
