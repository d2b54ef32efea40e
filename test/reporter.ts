import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import type { TestEvent } from "node:test/reporters";
import { Endings, isFileItself } from "./endings.ts";

const keptCharacters = 4000;
/** There are no summaries of files then, and who ends the process ends this report too. */
const inOneProcess = process.execArgv.includes("--test-isolation=none");

/**
 * One line per test file with its time, the whole story of every failure, the reason of every skip, what a test notes (`t.diagnostic`).
 * Totals by test file are appended as a JSON line to the file that DRYDOCK_TEST_TOTALS names, for `./drydock test`.
 * A skip without a reason is a failure, and so is a file that ended before its tests: a test that silently does not run
 * proves nothing.
 */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const totals = { passed: 0, failed: 0, skipped: 0 };
  const files = new Map<string, typeof totals>();
  const count = (path: string, what: keyof typeof totals) => {
    totals[what]++;
    const ofFile = files.get(path) ?? { passed: 0, failed: 0, skipped: 0 };
    files.set(path, { ...ofFile, [what]: ofFile[what] + 1 });
  };
  const errors = new Map<string, string>();
  const endings = new Endings();
  /** by test file: how long its process took, seconds */
  const seconds = new Map<string, string>();
  for await (const event of source) {
    endings.note(event);
    if (event.type === "test:stderr") {
      const said = (errors.get(event.data.file) ?? "") + event.data.message;
      errors.set(event.data.file, said.slice(-keptCharacters));
    }
    if (event.type === "test:summary" && event.data.file !== undefined) {
      seconds.set(relative(process.cwd(), event.data.file), (event.data.duration_ms / 1000).toFixed(1));
    }
    if (event.type === "test:diagnostic" && event.data.file !== undefined) {
      yield `NOTE  ${relative(process.cwd(), event.data.file)}: ${event.data.message}\n`;
    }
    if (event.type !== "test:pass" && event.type !== "test:fail") continue;
    const { name, details, skip, file } = event.data;
    const isSuite = details.type === "suite";
    const path = file === undefined ? "" : relative(process.cwd(), file);
    if (typeof skip === "string" && skip !== "") {
      count(path, "skipped");
      yield `SKIP  ${path}: ${name}: ${skip}\n`;
    } else if (skip !== undefined && skip !== false) {
      count(path, "failed");
      yield `FAIL  ${path}: ${name}: skipped without a reason\n`;
    } else if (event.type === "test:fail") {
      const error = event.data.details.error as Error & { failureType?: string };
      if (error.failureType === "subtestsFailed") continue; // its subtests have told
      count(path, "failed");
      yield `FAIL  ${path}: ${name}\n${indent(describe(error))}\n`;
      // The file itself broke off: what it wrote is all there is to know.
      if (file !== undefined && isFileItself(event.data)) yield `${indent(errors.get(file) ?? "(it wrote nothing)")}\n`;
    } else if (!isSuite && !isFileItself(event.data)) {
      count(path, "passed");
    }
  }
  for (const { file, begun, ended } of inOneProcess ? [] : endings.early()) {
    const path = relative(process.cwd(), file);
    if ((files.get(path)?.failed ?? 0) > 0) continue; // what failed has told
    count(path, "failed");
    yield `FAIL  ${path}: did not come to its end: ${ended} of ${begun} tests and suites ended (process.exit in it, results dropped, or no test at all)\n`;
  }
  for (const [path, { passed, failed }] of files) {
    const took = seconds.has(path) ? `, ${seconds.get(path)} s` : "";
    if (failed === 0) yield `ok    ${path} (${passed}${took})\n`;
  }
  const target = process.env["DRYDOCK_TEST_TOTALS"];
  if (target !== undefined) appendFileSync(target, `${JSON.stringify(Object.fromEntries(files))}\n`);
  yield `${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped\n`;
}

function describe(error: Error & { exitCode?: number | null; signal?: string | null }): string {
  const { exitCode, signal } = error;
  if (typeof signal === "string") return `its process was ended by ${signal}`;
  if (typeof exitCode === "number") return `its process ended with status ${exitCode}`;
  const cause = error.cause instanceof Error ? error.cause : undefined;
  return cause?.stack ?? cause?.message ?? error.stack ?? error.message;
}

function indent(text: string): string {
  return text
    .split("\n")
    .map((line) => `      ${line}`)
    .join("\n");
}
