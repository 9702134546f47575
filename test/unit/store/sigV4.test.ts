// SPDX-License-Identifier: Apache-2.0
import { expect } from "chai";
import { type SignedRequest, verifySigV4 } from "./sigV4";

/** The examples of AWS's documentation of S3's signatures, whose keys are no keys. */
describe("the test server's check of signatures", () => {
  const secrets = { AKIAIOSFODNN7EXAMPLE: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
  const at = new Date("2013-05-24T00:00:00Z");
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const head = (names: string, signature: string) => `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`;
  const common = { host: "examplebucket.s3.amazonaws.com", "x-amz-date": "20130524T000000Z" };

  const range: SignedRequest = {
    method: "GET",
    url: "/test.txt",
    headers: { ...common, range: "bytes=0-9", "x-amz-content-sha256": empty, authorization: head("host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41") },
  };
  const lifecycle: SignedRequest = {
    method: "GET",
    url: "/?lifecycle",
    headers: { ...common, "x-amz-content-sha256": empty, authorization: head("host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543") },
  };
  const presigned: SignedRequest = {
    method: "GET",
    url: "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404",
    headers: { host: common.host },
  };
  const verdict = (request: SignedRequest, now = at, known: Record<string, string> = secrets, region = "us-east-1") => verifySigV4(request, known, region, now);

  it("accepts AWS's examples: a header, a query without value, a presigned URL", () => {
    for (const request of [range, lifecycle, presigned]) expect(verdict(request), request.url).to.equal(undefined);
  });

  it("refuses another secret, key, region, time, and anything that was changed", () => {
    for (const request of [range, lifecycle, presigned]) {
      expect(verdict(request, at, { AKIAIOSFODNN7EXAMPLE: "another" })).to.equal("SignatureDoesNotMatch");
      expect(verdict(request, at, {})).to.equal("InvalidAccessKeyId");
      expect(verdict(request, at, secrets, "eu-west-1")).to.equal("AuthorizationHeaderMalformed");
      expect(verdict({ ...request, method: "PUT" })).to.equal("SignatureDoesNotMatch");
      expect(verdict({ ...request, url: request.url.replace("/", "/a") })).to.equal("SignatureDoesNotMatch");
      expect(verdict({ ...request, headers: { ...request.headers, host: "else" } })).to.equal("SignatureDoesNotMatch");
    }
    expect(verdict({ ...range, headers: { ...range.headers, range: "bytes=0-10" } })).to.equal("SignatureDoesNotMatch");
    expect(verdict({ ...range, headers: { ...range.headers, "x-amz-copy-source": "/b/k" } })).to.equal("AccessDenied");
    expect(verdict({ ...range, headers: common })).to.equal("AccessDenied");
    expect(verdict(range, new Date("2013-05-24T00:16:00Z"))).to.equal("RequestTimeTooSkewed");
    expect(verdict(presigned, new Date("2013-05-24T23:59:59Z"))).to.equal(undefined);
    expect(verdict(presigned, new Date("2013-05-25T00:00:01Z"))).to.equal("ExpiredToken");
    expect(verdict({ ...presigned, url: presigned.url.replace("86400", "86401") })).to.equal("SignatureDoesNotMatch");
  });
});
