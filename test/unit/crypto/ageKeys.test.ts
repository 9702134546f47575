// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { childKey, identityFromKey, keyToPhrase, newPhrase, phraseToKey } from "../../../src/crypto/mnemonic";
import { newIdentity, recipientFromBytes, recipientOf, recipientToBytes, recipientToBytes32 } from "../../../src/crypto/ageKeys";
import { open, openJson, seal } from "../../../src/crypto/seal";
import { refusal } from "../refusal";

const ZEROS = "abandon ".repeat(11) + "about";

describe("keys: a phrase of 12 words", () => {
  it("is 128 bits in base64 and comes back from them", () => {
    expect(phraseToKey(ZEROS)).to.equal("AAAAAAAAAAAAAAAAAAAAAA==");
    expect(keyToPhrase("AAAAAAAAAAAAAAAAAAAAAA==")).to.equal(ZEROS);
    const phrase = newPhrase();
    expect(phrase.split(" ")).to.have.length(12);
    expect(keyToPhrase(phraseToKey(`  ${phrase.toUpperCase()} \n`))).to.equal(phrase);
  });

  it("always gives the same identity: results sealed years ago open", async () => {
    const identity = identityFromKey(phraseToKey(ZEROS));
    expect(identity).to.match(/^AGE-SECRET-KEY-1[0-9A-Z]{58}$/);
    expect(await recipientOf(identity)).to.equal("age1407xas4mlt8xumqm5dlgvngy54w2a9z05qmwcazyz7z3xnvysgsq8ayf8a");
    expect(identityFromKey(phraseToKey(newPhrase()))).not.to.equal(identity);
  });

  it("makes the key of another's orders, one for each that makes them, always the same", () => {
    const parent = { chainId: 31337, orderBook: `0x${"Ab".repeat(20)}`, order: 7n };
    const key = childKey(phraseToKey(ZEROS), parent);
    expect(key).to.equal(childKey(phraseToKey(ZEROS), { ...parent, orderBook: parent.orderBook.toLowerCase() }));
    expect(key).to.equal("iIO2o8zOqb0GI9ntXUgjcQ==");
    // It is a key like any other: its words, its identity.
    expect(phraseToKey(keyToPhrase(key))).to.equal(key);
    const others = [phraseToKey(ZEROS), childKey(phraseToKey(ZEROS), { ...parent, order: 8n }), childKey(phraseToKey(ZEROS), { ...parent, chainId: 1 }), childKey(phraseToKey(ZEROS), { ...parent, orderBook: `0x${"cd".repeat(20)}` }), childKey(key, parent)];
    expect(new Set([key, ...others]).size).to.equal(6);
  });

  it("is refused when words are missing, unknown or exchanged, and never repeated", async () => {
    const short = await refusal(() => phraseToKey("abandon about"), "PhraseInvalid");
    expect(short.message).to.contain("2 words");
    await refusal(() => phraseToKey(ZEROS.replace("about", "cloister")), "PhraseInvalid");
    const swapped = await refusal(() => phraseToKey("legal winner thank year wave sausage worth useful legal winner yellow thank"), "PhraseInvalid");
    expect(swapped.message).not.to.contain("legal");
    await refusal(() => keyToPhrase("AAAA"), "KeyInvalid");
    await refusal(() => keyToPhrase("***"), "KeyInvalid");
  });
});

describe("keys: a recipient as bytes32", () => {
  it("converts both ways", async () => {
    const recipient = await recipientOf(await newIdentity());
    expect(recipientFromBytes(recipientToBytes(recipient))).to.equal(recipient);
    expect(recipientToBytes32(recipient)).to.match(/^0x[0-9a-f]{64}$/);
    expect(recipientFromBytes(recipientToBytes32(recipient))).to.equal(recipient);
  });

  it("refuses a wrong character, a wrong length, zeros and an identity", async () => {
    const recipient = await recipientOf(await newIdentity());
    await refusal(() => recipientToBytes(recipient.slice(0, -1) + (recipient.endsWith("q") ? "p" : "q")), "RecipientInvalid");
    await refusal(() => recipientFromBytes(new Uint8Array(31)), "RecipientInvalid");
    await refusal(() => recipientFromBytes(new Uint8Array(32)), "RecipientInvalid");
    const identity = await newIdentity();
    const error = await refusal(() => recipientToBytes(identity), "RecipientInvalid");
    expect(error.message).not.to.contain(identity);
    const wrong = await refusal(recipientOf(identity.slice(0, -1)), "IdentityInvalid");
    expect(`${wrong.message}${String(wrong.cause)}`).not.to.contain(identity.slice(0, -1));
  });
});

describe("seal: a small message", () => {
  it("opens for every recipient, as bytes and as JSON", async () => {
    const [first, second] = [await newIdentity(), await newIdentity()];
    const recipients = [await recipientOf(first), await recipientOf(second)];
    const sealed = await seal({ kind: "x", n: 1 }, recipients);
    expect(await openJson(sealed, first)).to.deep.equal({ kind: "x", n: 1 });
    expect(await openJson(sealed, second)).to.deep.equal({ kind: "x", n: 1 });
    expect(Buffer.from(await open(await seal(Uint8Array.of(1, 2), recipients), second))).to.deep.equal(Buffer.of(1, 2));
    await refusal(open(sealed, await newIdentity()), "NotSealedForUs");
  });

  it("refuses changed bytes, no recipient, a wrong recipient and what is not JSON", async () => {
    const identity = await newIdentity();
    const recipient = await recipientOf(identity);
    const sealed = await seal("not json", [recipient]);
    await refusal(openJson(sealed, identity), "SealBroken");
    sealed[sealed.length - 1]! ^= 1;
    await refusal(open(sealed, identity), "SealBroken");
    await refusal(seal("x", []), "NoRecipient");
    await refusal(seal("x", ["age1nonsense"]), "RecipientInvalid");
    await refusal(open(sealed, "nonsense"), "IdentityInvalid");
  });
});
