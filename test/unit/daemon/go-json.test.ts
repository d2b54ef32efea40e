import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { fieldsOf } from "../../../server/daemon/http/fold-keys.ts";
import { decodeGoJson, goJsonError, goTypeError } from "../../../server/daemon/http/go-json.ts";

test("the first value is read, as a json.Decoder does", () => {
  assert.deepEqual(decodeGoJson(' {"a": [1, -2.5e3, "\\u0041", true, null]} rest'), {
    value: { a: [1, -2500, "A", true, null] },
    rest: "rest",
  });
  assert.deepEqual(decodeGoJson("[] []"), { value: [], rest: "[]" });
});

test("what cannot be read is told in Go's words", () => {
  const cases: [string, string][] = [
    ["", "EOF"],
    ["  ", "EOF"],
    ["{", "unexpected EOF"],
    ['"abc', "unexpected EOF"],
    ["x", "invalid character 'x' looking for beginning of value"],
    ["{x", "invalid character 'x' looking for beginning of object key string"],
    ['{"a" 1}', "invalid character '1' after object key"],
    ['{"a": 1 "b"}', "invalid character '\"' after object key:value pair"],
    ["[1 2]", "invalid character '2' after array element"],
    ["trux", "invalid character 'x' in literal true (expecting 'e')"],
    ["'", "invalid character '\\'' looking for beginning of value"],
    ["-x", "invalid character 'x' in numeric literal"],
    ["1.x", "invalid character 'x' after decimal point in numeric literal"],
    ['"\n"', "invalid character '\\n' in string literal"],
    ['"\\x"', "invalid character 'x' in string escape code"],
    ["[".repeat(20_000), "exceeded max depth"],
    [`[${"1,".repeat(50_000)}1]`, "more than 50000 values in one JSON text"],
  ];
  for (const [text, problem] of cases) {
    assert.deepEqual(decodeGoJson(text), { problem }, text.slice(0, 20));
  }
  assert.equal(goJsonError("{"), "unexpected end of JSON input");
  assert.equal(goJsonError("{} x"), "invalid character 'x' after top-level value");
});

test("a value of another type is told with the struct's and the field's name", () => {
  const struct = { type: "types.Request", fields: { IPAM: "network.IPAM", "IPAM.Config": "network.IPAMConfig" } };
  const said = "json: cannot unmarshal";
  assert.equal(goTypeError([], [], "object", struct), `${said} array into Go value of type types.Request`);
  assert.equal(
    goTypeError({ Name: 5 }, ["Name"], "string", struct),
    `${said} number into Go struct field Request.Name of type string`,
  );
  const schema = z.object({ IPAM: z.object({ Options: z.record(z.string(), z.string()).nullish() }).nullish() });
  const path = ["IPAM", "Options", "a"];
  assert.deepEqual(fieldsOf(schema, path), ["IPAM", "Options"], "the key of a map is no field");
  assert.equal(
    goTypeError({ IPAM: { Options: { a: 1 } } }, path, "string", struct, fieldsOf(schema, path)),
    `${said} number into Go struct field IPAM.IPAM.Options of type string`,
  );
  assert.equal(
    goTypeError({ IPAM: { Config: [{ Subnet: true }] } }, ["IPAM", "Config", 0, "Subnet"], "string", struct),
    `${said} bool into Go struct field IPAMConfig.IPAM.Config.Subnet of type string`,
  );
});
