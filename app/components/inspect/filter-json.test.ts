import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { filterJson } from "./filter-json.ts";

describe("searching in JSON", () => {
  it("keeps the way to what has the text, whole where a key has it", () => {
    const value = { Id: "abc", State: { Running: true, Pid: 7 }, Mounts: [{ Name: "data" }, { Name: "other" }] };
    assert.deepEqual(filterJson(value, "data"), { Mounts: [{ Name: "data" }] });
    assert.deepEqual(filterJson(value, "state"), { State: { Running: true, Pid: 7 } });
    assert.equal(filterJson(value, "nowhere"), undefined);
    assert.equal(filterJson(value, " "), value);
  });
});
