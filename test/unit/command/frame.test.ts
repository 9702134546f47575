// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { makeError } from "ethers";
import { defineCommand, flag, list, number, parseParameter, positional, positionals, repeated, spellingOf, text, wrongUsage, type AnyCommand } from "../../../src/commands/command";
import { providerToolsCommands, spctlCommands } from "../../../src/commands/catalogue";
import { LISTED_PER_ROLE } from "../../../src/commands/firstScreen";
import { toJson } from "../../../src/commands/printer";
import { CloisterError } from "../../../src/core/errors";
import { refusal } from "../refusal";
import { spctl } from "./stage";

const echo = defineCommand({
  noun: "things",
  verb: "echo",
  summary: "Say what was understood",
  role: "customer",
  example: "things echo one two --size 3",
  positionals: { first: positional("first"), rest: positionals("rest") },
  options: {
    fields: list("fields"),
    data: repeated("data"),
    size: number("size", { default: 5 }),
    colour: text("colour", { choices: ["red", "blue"] }),
    subordersFields: text("odd spelling", { spelling: "suborders_fields" }),
    dryRun: flag("dry run"),
    noSave: flag("a flag whose name Commander would turn round"),
  },
  run: async (_context, given) => ({ ...given, big: 12345678901234567890n, bytes: Uint8Array.of(1, 255) }),
  print: ({ first, rest }, out) => out.line(`${first} and ${rest.join()}`),
});

function failing(error: unknown): AnyCommand {
  return defineCommand({
    noun: "things",
    verb: "fail",
    summary: "Fail",
    role: "operator",
    example: "things fail",
    run: async () => {
      throw error;
    },
    print: () => undefined,
  });
}

const partly = defineCommand({
  noun: "things",
  verb: "half",
  summary: "Do a half",
  role: "operator",
  example: "things half",
  run: async () => ({ done: [1], failed: [2] }),
  print: ({ failed }, out) => out.line(`failed: ${failed.join()}`),
  done: ({ failed }) => failed.length === 0,
});

describe("command line", () => {
  const commands = [echo, partly];
  const words = ["things", "echo", "a", "b", "c"];

  it("gives run what was written, in its types, and prints big numbers and bytes as text", async () => {
    const given = await spctl([...words, "--fields", "x,y", "--fields", "z", "--data", "5,1", "--data", "6", "--size", "7", "--colour", "red", "--suborders_fields", "id", "--dry-run", "--no-save", "--json"], { commands });
    expect(given.code, given.stderr).to.equal(0);
    expect(JSON.parse(given.stdout)).to.deep.equal({
      first: "a",
      rest: ["b", "c"],
      fields: ["x", "y", "z"],
      data: ["5,1", "6"],
      size: 7,
      colour: "red",
      subordersFields: "id",
      dryRun: true,
      noSave: true,
      big: "12345678901234567890",
      bytes: "0x01ff",
    });
    const plain = await spctl(words, { commands });
    expect(plain).to.deep.equal({ code: 0, stdout: "a and b,c\n", stderr: "" });
    expect(JSON.parse((await spctl([...words, "--json"], { commands })).stdout)).to.include({ size: 5, dryRun: false, noSave: false });
  });

  it("wrong usage is exit code 2: unknown command and option, missing argument, wrong number and choice", async () => {
    const wrong = [["nothing"], ["things", "nothing"], ["things"], [], ["things", "echo"], ["things", "echo", "a"], [...words, "--nope"], [...words, "--size", "x"], [...words, "--size", "-1"], [...words, "--colour", "green"]];
    for (const args of wrong) {
      const outcome = await spctl(args, { commands });
      expect(outcome.code, args.join(" ")).to.equal(2);
      expect(outcome.stdout, args.join(" ")).to.equal("");
      expect(outcome.stderr, args.join(" ")).to.match(/Error: |Usage: /);
      if (args.length === 0) continue;
      const inJson = await spctl([...args, "--json"], { commands });
      expect(inJson.code).to.equal(2);
      expect(JSON.parse(inJson.stdout).error, args.join(" ")).to.include({ code: "WrongUsage" });
      expect(inJson.stderr).to.equal("");
    }
    const seen = await spctl(["things", "fail"], { commands: [failing(wrongUsage("These two exclude each other."))] });
    expect(seen.code).to.equal(2);
  });

  it("a refusal is exit code 1, with its fix, or as one JSON value with code and details", async () => {
    const refused = failing(new CloisterError("OrderMissing", "There is no order 7.", "Look at `orders list`.", { order: 7n }));
    expect(await spctl(["things", "fail"], { commands: [refused] })).to.deep.equal({ code: 1, stdout: "", stderr: "Error: There is no order 7. (OrderMissing)\nFix: Look at `orders list`.\n" });
    const { code, stdout, stderr } = await spctl(["things", "fail", "--json"], { commands: [refused] });
    expect({ code, stderr }).to.deep.equal({ code: 1, stderr: "" });
    expect(JSON.parse(stdout)).to.deep.equal({ error: { code: "OrderMissing", message: "There is no order 7.", fix: "Look at `orders list`.", details: { order: "7" } } });
  });

  it("something unexpected is one line without a stack, and a stack with --debug", async () => {
    const broken = failing(new TypeError("x is undefined\nsecond line"));
    const outcome = await spctl(["things", "fail"], { commands: [broken] });
    expect(outcome.code).to.equal(1);
    expect(outcome.stderr).to.contain("x is undefined (Unexpected)\n").and.contain("--debug").and.not.contain("    at ").and.not.contain("second line");
    expect((await spctl(["things", "fail", "--debug"], { commands: [broken] })).stderr).to.contain("    at ");
  });

  it("a number that no contract takes is named, wherever it was met", async () => {
    const unfit = makeError("value out-of-bounds", "INVALID_ARGUMENT", { argument: "leaseMinutes", value: 999999999 });
    expect(await spctl(["things", "fail"], { commands: [failing(unfit)] })).to.deep.equal({ code: 1, stdout: "", stderr: "Error: 999999999 is more than the contracts can hold as lease minutes. (NumberTooLarge)\nFix: Give a smaller number.\n" });
  });

  it("a half done command prints its result and is exit code 1", async () => {
    expect(await spctl(["things", "half"], { commands })).to.deep.equal({ code: 1, stdout: "failed: 2\n", stderr: "" });
  });

  it("--help shows arguments, options and an example on stdout; the first screen is grouped by role", async () => {
    const help = await spctl(["things", "echo", "--help"], { commands });
    expect(help.code).to.equal(0);
    expect(help.stdout).to.contain("--suborders_fields").and.contain("Example:\n  spctl things echo one two --size 3");
    const screen = await spctl(["--help"], { commands });
    expect(screen.code).to.equal(0);
    expect(screen.stdout.indexOf("As a customer:")).to.be.lessThan(screen.stdout.indexOf("As an operator"));
    expect((await spctl(["--version"])).stdout).to.equal("1.2.3\n");
  });

  it("a definition with a name that a door cannot take is refused", () => {
    for (const name of ["use-addon", "config", "network", "Json"]) {
      expect(() => defineCommand({ noun: "a", verb: "b", summary: "", role: "operator", example: "", options: { [name]: flag("") }, run: async () => 1, print: () => undefined })).to.throw(/camelCase|taken/);
    }
  });

  it("a door that cannot repeat options divides them by a semicolon", async () => {
    expect(parseParameter("data", repeated("data"), ["5,1;6"], ";")).to.deep.equal(["5,1", "6"]);
    expect(parseParameter("fields", list("fields"), ["a, b"])).to.deep.equal(["a", "b"]);
    await refusal(() => parseParameter("offer", text("offer", { required: true }), undefined), "WrongUsage");
  });

  it("JSON of a result: dates, bytes, maps, nested", () => {
    const value = { at: new Date(0), map: new Map([["a", 1n]]), list: [Buffer.of(1)], none: undefined };
    expect(JSON.parse(toJson(value))).to.deep.equal({ at: "1970-01-01T00:00:00.000Z", map: { a: "1" }, list: ["0x01"] });
    expect(toJson(undefined)).to.equal("null");
  });
});

describe("catalogue", () => {
  it("every command has a summary, an example that begins with its words, and a place of its own", () => {
    const seen = new Set<string>();
    for (const { noun, verb, summary, example } of spctlCommands) {
      const name = `${noun} ${verb}`.trim();
      expect(seen.has(name), name).to.equal(false);
      seen.add(name);
      expect(example.startsWith(name), name).to.equal(true);
      expect(summary, name).to.match(/^[A-Z].*[^.]$/);
    }
  });

  it("every command's --help has its summary, its example, and each argument and flag with what it is for", async () => {
    for (const commands of [spctlCommands, providerToolsCommands]) {
      for (const { noun, verb, summary, example, positionals = {}, options = {} } of commands) {
        const words = [noun, ...verb.split(" ").filter((word) => word !== "")];
        const { code, stdout } = await spctl([...words, "--help"], { commands });
        const flat = stdout.replace(/\s+/g, " ");
        expect(code, words.join(" ")).to.equal(0);
        expect(flat).to.include(summary).and.to.include(example.replace(/\s+/g, " "));
        for (const { description } of Object.values(positionals)) expect(flat, words.join(" ")).to.match(/Arguments: /).and.to.include(description);
        for (const [name, option] of Object.entries(options)) {
          expect(option.description, `${words.join(" ")} --${name}`).to.match(/^\S.*\S$/);
          expect(flat, words.join(" ")).to.include(`--${spellingOf(name, option)} `).and.to.include(option.description.replace(/\s+/g, " "));
        }
      }
    }
  });

  it("shows eight commands a role at most on the first screen", () => {
    for (const role of new Set(spctlCommands.map((command) => command.role))) {
      const listed = spctlCommands.filter((command) => command.role === role && command.listed !== false);
      expect(listed.length, `${role}: mark some with listed: false`).to.be.at.most(LISTED_PER_ROLE);
    }
  });
});
