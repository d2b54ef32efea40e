import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { CommandError } from "../../../server/cli/command-error.ts";
import { run, step } from "../../../server/cli/steps.ts";

const directory = mkdtempSync(join(tmpdir(), "drydock-steps-"));
const log = join(directory, "logs/step.log");
after(() => rmSync(directory, { recursive: true }));

test("a program's output is logged, and its last line told without colours", async () => {
  const lines: string[] = [];
  await run("sh", ["-c", "printf 'one\\n\\033[31mtwo\\033[0m\\n'"], { log, onLine: (line) => lines.push(line) });
  assert.equal(lines.at(-1), "two");
  assert.match(readFileSync(log, "utf8"), /one/);
});

test("a failure quotes the end of the output and says what to do", async () => {
  const failing = run("sh", ["-c", "seq 100; echo 'no such package' >&2; exit 4"], { log, hint: "Do this." });
  await assert.rejects(
    failing,
    (error: Error) =>
      error instanceof CommandError &&
      /failed \(4\)[^]*no such package[^]*Do this\.$/.test(error.message) &&
      !error.message.includes("\n50\n"),
  );
});

test("a full disk is named as the cause", async () => {
  const failing = run("sh", ["-c", "echo 'npm error ENOSPC: no space left' >&2; exit 1"], { log, hint: "Check npm." });
  await assert.rejects(failing, /The disk is full: make room, then run the same command again\.$/);
});

test("a step is told when it begins and ends, and every ten seconds what it is at; of two at once, whose it is", async (t) => {
  let told = "";
  t.mock.timers.enable({ apis: ["setInterval", "Date"] });
  const write = process.stdout.write.bind(process.stdout);
  // The test's own report goes the same way, as bytes.
  t.mock.method(process.stdout, "write", (text: string | Uint8Array) => {
    if (typeof text !== "string") return write(text);
    told += text;
    return true;
  });
  const isTerminal = process.stdout.isTTY;
  process.stdout.isTTY = false;
  t.after(() => (process.stdout.isTTY = isTerminal));
  const [one, two] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const first = step("packages", (say) => (say("fetching next"), one.promise));
  t.mock.timers.tick(10_000);
  const second = step("the page", () => two.promise);
  t.mock.timers.tick(10_000);
  one.resolve();
  await first;
  two.reject(new Error("it failed"));
  await assert.rejects(second, /it failed/);
  t.mock.timers.tick(60_000);
  const lines = [
    "· packages …",
    "  … 10 s: fetching next",
    "· the page …",
    "  … packages 20 s: fetching next",
    "  … the page 10 s",
    "✓ packages (20 s)",
    "✗ the page (10 s)",
  ];
  assert.equal(told, `${lines.join("\n")}\n`);
});
