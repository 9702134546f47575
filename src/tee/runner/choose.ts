// SPDX-License-Identifier: Apache-2.0
import { CloisterError, isCloisterError } from "../../core/errors";
import { BubblewrapRunner } from "./bubblewrap";
import { NamespacesRunner } from "./namespaces";
import type { Runner } from "./runner";
import { findTool } from "./tools";
import { UnisolatedRunner } from "./unisolated";

/** Which runner is wanted; `auto` takes bubblewrap where it is installed and works, else namespaces, and never less. */
export type RunnerChoice = "auto" | Runner["name"];

/**
 * Chooses and probes a runner.
 *
 * @param allowUnisolated the explicit choice to run without isolation where there is none; without it nothing falls back to that.
 * @returns the runner and the line its probe said.
 * @throws CloisterError `IsolationUnavailable`, `MissingTool`, `UnisolatedNotAllowed`
 */
export async function chooseRunner(choice: RunnerChoice = "auto", allowUnisolated = false): Promise<{ runner: Runner; found: string }> {
  if (choice === "unisolated" && !allowUnisolated) {
    throw new CloisterError("UnisolatedNotAllowed", "The unisolated runner protects nobody and is not used unasked.", "Give --allow-unisolated if that is what you want.");
  }
  if (choice === "unisolated") return probed(new UnisolatedRunner());
  if (choice === "bubblewrap") return probed(new BubblewrapRunner());
  if (choice === "auto" && findTool("bwrap") !== undefined) {
    try {
      return await probed(new BubblewrapRunner());
    } catch (error) {
      // Namespaces are the same isolation by other programs; if they fail too, their error tells the ways out.
      if (!isCloisterError(error)) throw error;
    }
  }
  try {
    return await probed(new NamespacesRunner());
  } catch (error) {
    if (choice === "auto" && allowUnisolated && isCloisterError(error)) return probed(new UnisolatedRunner());
    throw error;
  }
}

async function probed(runner: Runner): Promise<{ runner: Runner; found: string }> {
  return { runner, found: await runner.probe() };
}
