// SPDX-License-Identifier: Apache-2.0
import { PassThrough } from "node:stream";
import { expect } from "chai";
import { Dialog } from "../../../src/commands/dialog";
import { refusal } from "../refusal";

describe("a dialog", () => {
  const openAt = (isTTY: boolean) => {
    const input = Object.assign(new PassThrough(), { isTTY });
    const said: string[] = [];
    return { input, said, dialog: new Dialog(input, (text) => void said.push(text)) };
  };

  it("takes lines, and the default for an empty one", async () => {
    const { input, dialog, said } = openAt(false);
    input.end("7\n\n");
    expect([await dialog.ask("Offer:"), await dialog.ask("Path:", { default: "./a" })]).to.deep.equal(["7", "./a"]);
    expect(said.join("")).to.equal("Offer: \nPath: (./a) \n");
    await refusal(dialog.ask("More?"), "NoAnswer");
  });

  it("says that it was interrupted, not that there was no answer, after Ctrl-C at a terminal", async () => {
    const { input, dialog } = openAt(true);
    const asked = dialog.ask("Password:", { secret: true });
    input.write("half\x03");
    const { message } = await refusal(asked, "Interrupted");
    expect(message).to.equal('The question "Password:" was interrupted.');
  });
});
