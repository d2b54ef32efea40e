import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";

const checkout = join(import.meta.dirname, "../../..");

const wrong = [
  { file: "server/engine/images/planted.ts", imports: "../../daemon/planted.ts" },
  { file: "server/engine/builder/solver/planted.ts", imports: "../dockerfile/planted.ts" },
  { file: "server/contract/planted.ts", imports: "../engine/planted.ts" },
  { file: "server/playground/planted.ts", imports: "../engine/planted.ts" },
  { file: "app/planted.ts", imports: "../server/playground/planted.ts" },
];

for (const { file, imports } of wrong) {
  test(`the check refuses ${file} importing ${imports}`, () => {
    const root = mkdtempSync(join(tmpdir(), "drydock-lint-"));
    try {
      cpSync(join(checkout, ".oxlintrc.json"), join(root, ".oxlintrc.json"));
      mkdirSync(dirname(join(root, file)), { recursive: true });
      writeFileSync(join(root, file), `export * from "${imports}";\n`);
      const { status, stdout } = spawnSync(
        join(checkout, "node_modules/.bin/oxlint"),
        ["server", "app"].filter((folder) => file.startsWith(folder)),
        {
          cwd: root,
          encoding: "utf8",
        },
      );
      assert.notEqual(status, 0);
      assert.match(stdout, /no-restricted-imports/);
    } finally {
      rmSync(root, { recursive: true });
    }
  });
}
