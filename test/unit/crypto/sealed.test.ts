// SPDX-License-Identifier: Apache-2.0
import { createHash } from "node:crypto";
import { expect } from "chai";
import { approvalId } from "../../../src/chain/digests";
import { approvalOf, approvalWords } from "../../../src/core/approval";
import { argumentsHash, inputsHash, NO_ARGUMENTS, solutionHash, type OrderInput } from "../../../src/core/inputs";
import { parseResource, readResource, type Resource } from "../../../src/core/resource";
import { approvedRelease, assertArguments, assertKeyRelease, KeyReleaseMismatch, keyRelease, readKeyRelease, readSealedArguments, sealedArguments, type ReleaseSubject } from "../../../src/core/sealed";
import { newIdentity, recipientOf } from "../../../src/crypto/ageKeys";
import { refusal } from "../refusal";

const hex = (digit: string): string => digit.repeat(64);
const sha = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex");

let identity: string;
let recipient: string;

before(async () => {
  identity = await newIdentity();
  recipient = await recipientOf(identity);
});

function resource(): Resource {
  return {
    resource: { type: "STORAGE_PROVIDER", storageType: "DIRECTORY", filepath: hex("a"), credentials: { path: "/store" } },
    encryption: { algo: "age", encoding: "bech32", key: identity },
    hash: { algo: "sha256", hash: hex("d"), encoding: "hex" },
    size: 5,
    filename: "data.csv",
    kind: "file",
  };
}

describe("hashes of an order", () => {
  const inputs: OrderInput[] = [
    { kind: "solution", offer: "own", version: 0, hash: hex("1") },
    { kind: "data", offer: "7", version: 2, hash: hex("2") },
  ];

  it("inputs: sha256 of the canonical JSON, other fields left out", () => {
    const text = `[{"hash":"${hex("1")}","kind":"solution","offer":"own","version":0},{"hash":"${hex("2")}","kind":"data","offer":"7","version":2}]`;
    expect(inputsHash(inputs)).to.equal(sha(text));
    expect(inputsHash(inputs.map((input) => ({ ...input, resource: resource() })))).to.equal(sha(text));
  });

  it("inputs: a solution after data is refused", async () => {
    await refusal(() => inputsHash([...inputs].reverse()), "InputsOutOfOrder");
  });

  it("solution: one is itself, several are hashed together, none is refused", async () => {
    expect(solutionHash([hex("1")])).to.equal(hex("1"));
    expect(solutionHash([hex("1"), hex("2")])).to.equal(sha(Buffer.from(hex("1") + hex("2"), "hex")));
    await refusal(() => solutionHash([]), "NoSolution");
  });

  it("arguments: none is zeros, absent members do not count", () => {
    expect(argumentsHash(undefined)).to.equal(NO_ARGUMENTS);
    expect(argumentsHash({ command: ["a"], salt: "s" })).to.equal(sha('{"command":["a"],"salt":"s"}'));
  });
});

describe("resource.json", () => {
  it("is read as written", () => {
    expect(parseResource(JSON.stringify(resource()))).to.deep.equal(resource());
    const url = { ...resource(), resource: { type: "URL", url: "https://example.org/x" } };
    expect(readResource(url).resource).to.deep.equal(url.resource);
  });

  it("is refused with the name of the wrong field and without its key", async () => {
    const cases: [string, object][] = [
      ["size", { ...resource(), size: -1 }],
      ["hash.hash", { ...resource(), hash: { algo: "sha256", hash: "ABC", encoding: "hex" } }],
      ["encryption.key", { ...resource(), encryption: { algo: "age", encoding: "bech32", key: `${identity}X` } }],
      ["filename", { ...resource(), filename: "../../etc/passwd" }],
      ["resource.credentials.path", { ...resource(), resource: { ...resource().resource, credentials: {} } }],
      ["resource.url", { ...resource(), resource: { type: "URL", url: "file:///etc/passwd" } }],
      ["extra", { ...resource(), extra: 1 }],
    ];
    for (const [field, wrong] of cases) {
      const error = await refusal(() => readResource(wrong), "ResourceInvalid");
      expect(error.details.field, error.message).to.equal(field);
      expect(error.message).to.contain(`"${field}"`).and.not.to.contain(identity);
    }
    const cut = JSON.stringify(resource()).slice(0, -20);
    const error = await refusal(() => parseResource(cut), "ResourceInvalid");
    expect(`${error.message}${String(error.cause)}`).not.to.contain(identity);
  });
});

const CHAIN = { chainId: 31337, orderBook: `0x${"ab".repeat(20)}` };

function release(changes: object = {}) {
  return keyRelease({
    ...CHAIN,
    order: "5",
    suborder: "6",
    offer: "7",
    offerVersion: 1,
    solutionHash: hex("1"),
    inputsHash: "any",
    argumentsHash: hex("3"),
    resultRecipient: recipient,
    notAfter: 2_000,
    resource: resource(),
    ...changes,
  });
}

function subject(changes: object = {}): ReleaseSubject {
  return {
    ...CHAIN,
    order: "5",
    suborder: "6",
    customer: `0x${"cd".repeat(20)}`,
    offer: "7",
    offerVersion: 1,
    dataHash: hex("d"),
    solutionHash: hex("1"),
    inputsHash: hex("2"),
    argumentsHash: hex("3"),
    resultRecipient: recipient,
    at: new Date(1_000_000),
    ...changes,
  };
}

describe("key release", () => {
  it("passes for its own order, whatever the case of address and hashes", () => {
    assertKeyRelease(release(), subject({ orderBook: CHAIN.orderBook.toUpperCase().replace("0X", "0x") }));
    assertKeyRelease(release({ argumentsHash: "any", resultRecipient: "any" }), subject({ argumentsHash: hex("9"), resultRecipient: "age1other" }));
  });

  it("is refused for any other field", async () => {
    const others: Partial<Record<keyof ReleaseSubject, unknown>> = {
      chainId: 1,
      orderBook: `0x${"cd".repeat(20)}`,
      order: "50",
      suborder: "60",
      offer: "70",
      offerVersion: 2,
      dataHash: hex("e"),
      solutionHash: hex("e"),
      argumentsHash: hex("e"),
      resultRecipient: "age1other",
    };
    for (const [field, value] of Object.entries(others)) {
      const error = await refusal(() => assertKeyRelease(release(), subject({ [field]: value })), "KeyReleaseMismatch");
      expect(error).to.be.instanceOf(KeyReleaseMismatch);
      expect((error as KeyReleaseMismatch).field).to.equal(field);
      expect((error as KeyReleaseMismatch).actual).to.equal(String(value));
    }
  });

  it("ends after notAfter, to the second", async () => {
    assertKeyRelease(release(), subject({ at: new Date(2_000_999) }));
    const late = await refusal(() => assertKeyRelease(release(), subject({ at: new Date(2_001_000) })), "KeyReleaseMismatch");
    expect(late.details.field).to.equal("notAfter");
  });

  it("whose resource is another content is refused", async () => {
    const swapped = { ...release(), dataHash: hex("e") };
    await refusal(() => assertKeyRelease(swapped, subject({ dataHash: hex("e") })), "KeyReleaseMismatch");
  });

  it("`any` is not accepted for order or data", async () => {
    await refusal(() => readKeyRelease({ ...release(), dataHash: "any" }), "KeyReleaseInvalid");
    await refusal(() => readKeyRelease({ ...release(), order: "any" }), "KeyReleaseInvalid");
  });
});

describe("key release of a signed approval", () => {
  const ID = `0x${hex("7")}`;
  const approved = (approval: object = {}, changes: object = {}) => {
    const { kind: _kind, dataHash: _dataHash, order: _order, suborder: _suborder, ...terms } = release();
    return approvedRelease({ ...terms, ...changes, approval: { customer: `0x${"cd".repeat(20)}`, uses: 2, nonce: "9", ...approval } });
  };

  it("passes for every order that the approval completed, of its customer", async () => {
    assertKeyRelease(approved(), subject({ approval: ID }), ID);
    assertKeyRelease(approved(), subject({ approval: ID, order: "50", suborder: "51" }), ID);
    assertKeyRelease(approved({ customer: "any" }), subject({ approval: ID, customer: `0x${"ef".repeat(20)}` }), ID);
    for (const [changes, field] of [[{ approval: ID, customer: `0x${"ef".repeat(20)}` }, "customer"], [{}, "approval"], [{ approval: `0x${hex("8")}` }, "approval"], [{ approval: ID, solutionHash: hex("e") }, "solutionHash"], [{ approval: ID, at: new Date(2_001_000) }, "notAfter"]] as const) {
      const error = await refusal(() => assertKeyRelease(approved(), subject(changes), ID), "KeyReleaseMismatch");
      expect(error.details.field).to.equal(field);
    }
  });

  it("is a release for an order or for an approval, never both", async () => {
    await refusal(() => readKeyRelease({ ...approved(), order: "5" }), "KeyReleaseInvalid");
    await refusal(() => readKeyRelease({ ...release(), approval: undefined, suborder: undefined }), "KeyReleaseInvalid");
  });

  it("makes out its approval: any and none are told apart, and one changed byte is another", () => {
    const words = (changes: object) => approvalWords(approvalOf(approved({}, changes), hex("f")));
    expect(words({ argumentsHash: "any" })).to.include({ arguments: "any", inputs: "any" });
    expect(words({ argumentsHash: NO_ARGUMENTS, inputsHash: hex("2") })).to.include({ arguments: "none", inputs: hex("2") });
    const domain = { chainId: 31337, verifyingContract: CHAIN.orderBook };
    const id = (releaseHash: string, approval: object = {}) => approvalId(domain, approvalOf(approved(approval), releaseHash));
    expect(new Set([id(hex("f")), id(hex("e")), id(hex("f"), { uses: 3 }), id(hex("f"), { nonce: "8" }), id(hex("f"), { customer: "any" })]).size).to.equal(5);
  });
});

describe("sealed arguments", () => {
  const build = () =>
    sealedArguments({
      ...CHAIN,
      customer: `0x${"CD".repeat(20)}`,
      nonce: `0x${hex("0")}`,
      inputs: [
        { kind: "solution", offer: "own", version: 0, hash: hex("d"), resource: resource() },
        { kind: "data", offer: "7", version: 1, hash: hex("2") },
      ],
      arguments: { command: ["run"], configuration: { a: [1, null] }, salt: "pepper" },
      resultRecipient: recipient,
      resultStore: { type: "EVENT" },
    });

  it("carry hashes of what is in them and survive JSON", () => {
    const sealed = readSealedArguments(JSON.parse(JSON.stringify(build())));
    expect(sealed.solutionHash).to.equal(hex("d"));
    expect(sealed.customer).to.equal(`0x${"cd".repeat(20)}`);
    assertArguments(sealed, { ...CHAIN, inputsHash: sealed.inputsHash });
  });

  it("with an exchanged input, argument or resource are refused", async () => {
    const sealed = build();
    const exchanged = { ...sealed, inputs: [sealed.inputs[0], { ...sealed.inputs[1], hash: hex("9") }] };
    expect((await refusal(() => readSealedArguments(exchanged), "SealedArgumentsMismatch")).details.field).to.equal("inputsHash");
    await refusal(() => readSealedArguments({ ...sealed, arguments: { command: ["steal"], salt: "pepper" } }), "SealedArgumentsMismatch");
    await refusal(() => assertArguments(sealed, { chainId: 1 }), "SealedArgumentsMismatch");
    const hollow = { ...sealed, inputs: [{ ...sealed.inputs[0], resource: undefined }, sealed.inputs[1]] };
    await refusal(() => readSealedArguments(hollow), "SealedArgumentsInvalid");
  });

  it("never pass for a key release, nor the other way round", async () => {
    await refusal(() => readSealedArguments(release()), "SealedKindMismatch");
    await refusal(() => readKeyRelease(build()), "SealedKindMismatch");
    await refusal(() => readKeyRelease("nothing"), "SealedKindMismatch");
  });
});
