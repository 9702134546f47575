// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import fc from "fast-check";

import { repeatedKey } from "../../../src/core/repeatedKey";

describe("repeatedKey", () => {
  it("finds a key that one object has twice, at any depth and however it is written", () => {
    expect(repeatedKey('{"a":1,"a":2}')).to.equal("a");
    expect(repeatedKey('{"x":[{"b":{"c":1},"d":[],"b":2}]}')).to.equal("b");
    expect(repeatedKey('{"a":1,"\\u0061":2}')).to.equal("a");
    expect(repeatedKey('[{"a":"}"},{"q\\"":1,"q\\"":2}]')).to.equal('q"');
  });

  it("takes the same key in two objects, and text that looks like a key", () => {
    for (const text of ['{"a":{"a":{"a":1}},"b":["a","a"]}', '[{"a":1},{"a":1}]', '{"a":"a\\",\\"a","b":"{\\"a\\":1,\\"a\\":2}"}', '["a","a"]', '"a"', "1", "{}"]) expect(repeatedKey(text), text).to.equal(undefined);
  });

  it("finds none in anything that JSON.stringify writes, and one wherever a key is put in again", () => {
    fc.assert(fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, spaces) => repeatedKey(JSON.stringify(value, undefined, spaces)) === undefined));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 }), (value) => {
        const [key = ""] = Object.keys(value);
        return repeatedKey(`${JSON.stringify(value).slice(0, -1)},${JSON.stringify(key)}:0}`) === key;
      }),
    );
  });
});
