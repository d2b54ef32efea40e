import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeParameter, parameterIn } from "#contract/address-names.ts";
import { decodeName, nameBytes } from "#engine/mount/libc.ts";

test("a name of any bytes comes through a query as it was", () => {
  for (const bytes of [
    "caf\xe9",
    "\xff\xfe",
    "a\xe2\x82\xacb\xe2\x82",
    "\xed\xa0\x80",
    "\xf0\x9f\x90\xb3&=+%20 #?",
    "a/b",
  ]) {
    const name = decodeName(Buffer.from(bytes, "latin1"));
    const search = `?other=1&path=${encodeParameter(name)}&more`;
    assert.match(search, /^[\x21-\x7e]+$/, "it is an address");
    assert.equal(parameterIn(search, "path"), name, search);
    assert.deepEqual(nameBytes(parameterIn(search, "path") ?? ""), Buffer.from(bytes, "latin1"));
  }
});

test("what every client writes is read as URLSearchParams reads it", () => {
  for (const search of [
    "?path=a+b%2Fc&path=d",
    "?path",
    "?x=1",
    "",
    "?path=%zz%4",
    "?pathway=1&path=",
    "?path=a=b&=&",
  ]) {
    assert.equal(parameterIn(search, "path"), new URLSearchParams(search).get("path") ?? undefined, search);
  }
});
