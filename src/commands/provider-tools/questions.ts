// SPDX-License-Identifier: Apache-2.0
import { isCloisterError } from "../../core/errors";
import type { Context } from "../context";
import { readTextFile } from "../files/textFile";

/** A file that the person named, and what it says. */
export interface Answered<Value> {
  readonly path: string;
  readonly value: Value;
}

/** The questions of a dialog. What an option has answered is not asked. */
export class Questions {
  /** Whether anything was asked: where nothing was, what is optional is not asked either. */
  asked = false;

  constructor(private readonly context: Context) {}

  text(question: string, given: string | undefined, fallback?: string): Promise<string> | string {
    if (given !== undefined) return given;
    this.asked = true;
    return this.context.ask(question, { default: fallback });
  }

  confirm(question: string): Promise<boolean> {
    this.asked = true;
    return this.context.confirm(question);
  }

  /** Reads the file that is named. On a terminal a file that cannot be used is asked for again. */
  async file<Value>(question: string, given: string | undefined, fallback: string, parse: (content: string, path: string) => Value): Promise<Answered<Value>> {
    for (;;) {
      const path = await this.text(question, given, fallback);
      try {
        return { path, value: parse(await readTextFile(this.context.path(path)), path) };
      } catch (error) {
        if (!isCloisterError(error) || given !== undefined || this.context.surroundings.stdin.isTTY !== true) throw error;
        this.context.message(`${error.message} ${error.fix ?? ""}`);
      }
    }
  }

  /** Files of one kind, at least one unless none is wanted: those given, else asked for until there are no more. */
  async files<Value>(
    { first, another, question, noMore = false }: { readonly first?: string; readonly another: string; readonly question: string; readonly noMore?: boolean },
    given: readonly string[],
    fallback: string,
    parse: (content: string, path: string) => Value,
  ): Promise<Answered<Value>[]> {
    const found: Answered<Value>[] = [];
    for (const path of given) found.push(await this.file(question, path, fallback, parse));
    if (given.length > 0) return found;
    if (first !== undefined && (noMore || !(await this.confirm(first)))) return found;
    do found.push(await this.file(question, undefined, fallback, parse));
    while (!noMore && (await this.confirm(another)));
    return found;
  }
}
