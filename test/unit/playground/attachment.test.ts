import assert from "node:assert/strict";
import { ServerResponse, IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { test } from "node:test";
import { attach } from "../../../server/playground/http/attachment.ts";

for (const { name, told } of [
  { name: "plain.txt", told: "plain.txt" },
  { name: 'a "b"; filename=c.html', told: "a%20%22b%22%3B%20filename%3Dc.html" },
  { name: "it's (1)*", told: "it%27s%20%281%29%2A" },
  { name: "line\r\nset-cookie: x", told: "line%0D%0Aset-cookie%3A%20x" },
  { name: "grüße", told: "gr%C3%BC%C3%9Fe" },
  // `caf` and the byte E9, which is not UTF-8
  { name: "caf\uDCE9", told: "caf%EF%BF%BD" },
]) {
  test(`a file called ${JSON.stringify(name)} is kept under its name, and is never a page`, () => {
    const response = new ServerResponse(new IncomingMessage(new Socket()));
    attach(response, "application/octet-stream", name);
    assert.equal(response.getHeader("content-disposition"), `attachment; filename*=UTF-8''${told}`);
    assert.equal(response.getHeader("content-security-policy"), "default-src 'none'; sandbox");
    assert.equal(response.getHeader("content-type"), "application/octet-stream");
  });
}
