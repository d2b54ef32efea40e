import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Examples } from "../../../server/playground/workspaces/examples.ts";

const directory = join(import.meta.dirname, "../../../examples");
const examples = new Examples(directory);

test("every example can be chosen, with a title and what it shows", async () => {
  const folders = readdirSync(directory).filter((name) => statSync(join(directory, name)).isDirectory());
  const listed = await examples.list();
  assert.deepEqual(listed.map(({ name }) => name).toSorted(), folders.toSorted());
  for (const { name, title, description } of listed) {
    assert.notEqual(title, name);
    assert.match(description, /^[^`|]{20,100}$/);
  }
});

test("its files come without what is for the project's tests; nothing else can be asked for", async () => {
  const files = await examples.files("redis-counter");
  const paths = files.map(({ path }) => path);
  assert.ok(paths.includes("web/Dockerfile") && paths.includes("store/Dockerfile") && paths.includes("README.md"));
  assert.ok(!paths.includes("expect.json"));
  for (const name of ["..", "../server", "README.md", "nothing"]) {
    await assert.rejects(examples.files(name), { status: 404 }, name);
  }
});
