import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { commandOf, commandTable } from "./command-table.ts";

const nothing = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

describe("the table of commands", () => {
  it("gives no two commands of the page the same keys", () => {
    const keys = commandTable.filter(({ elsewhere }) => elsewhere !== true).flatMap((each) => each.keys ?? []);
    assert.deepEqual(keys, [...new Set(keys)]);
  });

  it("finds a command by its keys, on a Mac as elsewhere", () => {
    assert.equal(commandOf({ ...nothing, key: "Enter", ctrlKey: true }, "editor"), "build");
    assert.equal(commandOf({ ...nothing, key: "Enter", metaKey: true }, undefined), "build");
    assert.equal(commandOf({ ...nothing, key: "Enter" }, undefined), undefined);
    assert.equal(commandOf({ ...nothing, key: "K", ctrlKey: true }, undefined), "palette");
    assert.equal(commandOf({ ...nothing, key: "?", shiftKey: true }, undefined), "shortcuts");
  });

  it("leaves keys to a terminal, to the editor and to who types", () => {
    assert.equal(commandOf({ ...nothing, key: "Enter", ctrlKey: true }, "terminal"), undefined);
    assert.equal(commandOf({ ...nothing, key: "F1" }, "terminal"), undefined);
    assert.equal(commandOf({ ...nothing, key: "F1" }, "editor"), "palette");
    assert.equal(commandOf({ ...nothing, key: "?", shiftKey: true }, "typing"), undefined);
    assert.equal(commandOf({ ...nothing, key: "F6" }, undefined), undefined, "the panes listen to it themselves");
  });
});
