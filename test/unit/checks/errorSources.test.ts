// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { errorSources } from "../../../scripts/docs/errorSources";

describe("errorSources", () => {
  it("reads code, sentence and fix, with names for what only a run knows", () => {
    const source = 'const LIMIT = "4 KiB";\nthrow new CloisterError("TooLong", `${file.name} has ${size} bytes; ${LIMIT} fit.`, "Send less.");';
    expect(errorSources("x.ts", source)).to.deep.equal([{ code: "TooLong", sentence: "{name} has {size} bytes; 4 KiB fit.", fix: "Send less." }]);
  });

  it("follows a function that takes the code", () => {
    const source = 'function refused(code: string, what: string) { return new CloisterError(code, `It ${what}.`, "Stop."); }\nthrow refused("Early", `begins at ${from}`);\nthrow refused("Late", "has ended");';
    expect(errorSources("x.ts", source).map(({ code, sentence }) => [code, sentence])).to.deep.equal([["Early", "It begins at {from}."], ["Late", "It has ended."]]);
  });

  it("reads both codes of a choice, and readings of files", () => {
    expect(errorSources("x.ts", 'throw new CloisterError(late ? "Late" : "Early", "No.");').map(({ code }) => code)).to.deep.equal(["Late", "Early"]);
    expect(errorSources("x.ts", 'readShape(schema, value, { what: "The file", code: "FileInvalid", fix: "Mend it." });')[0]).to.include({ code: "FileInvalid", fix: "Mend it." });
  });
});
