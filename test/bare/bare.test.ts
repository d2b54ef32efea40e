import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const checkout = join(import.meta.dirname, "../..");

/** Also run the whole `./drydock test` in each root: a quarter of an hour more. */
const withTests = process.env["DRYDOCK_BARE_TESTS"] === "1";

/** A clone of what is committed, as a new user would get it. */
function clone(): string {
  const directory = join(mkdtempSync(join(tmpdir(), "drydock-clone-")), "drydock");
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${checkout}`, directory]);
  return directory;
}

for (const suite of (process.env["DRYDOCK_BARE_SUITES"] ?? "bookworm trixie jammy noble").split(" ")) {
  test(`up, builds, runs and down on a bare ${suite}`, { timeout: (withTests ? 90 : 30) * 60_000 }, async (t) => {
    const source = clone();
    try {
      const script = join(import.meta.dirname, "bare-root.sh");
      const session = ["sh", "/src/test/bare/session.sh", ...(withTests ? ["tests"] : [])];
      const child = spawn(script, [suite, source, ...session], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      let output = "";
      for (const stream of [child.stdout, child.stderr]) {
        stream.setEncoding("utf8").on("data", (text: string) => {
          output += text;
          process.stderr.write(text);
        });
      }
      const code = await new Promise((resolve) => child.once("close", resolve));
      if (code === 77) return t.skip(output.trim());
      assert.equal(code, 0, `the session failed:\n${output.slice(-4000)}`);
      assert.match(output, /^BARE-OK$/m);
    } finally {
      rmSync(join(source, ".."), { recursive: true, force: true });
    }
  });
}
