import { spawn } from "node:child_process";
import { closeSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { readArguments } from "./arguments.ts";
import { whyNoChromium } from "./browser.ts";
import { CommandError } from "./command-error.ts";
import { testPackages } from "./packages.ts";
import { readSettings, type Settings } from "./settings.ts";
import { requireRoot, setUp } from "./setup.ts";
import { lockDescriptor } from "./steps.ts";

interface Totals {
  passed: number;
  failed: number;
  skipped: number;
}

interface Group {
  name: string;
  parallel: number;
  limitMs: number;
  /** why its files cannot run on this machine; undefined if they can */
  unfit?: () => string | undefined;
  secondTry?: true;
  /**
   * Node's forced exit drops results of files with many quick tests; without it a file whose test failed with something
   * open never ends.
   */
  endsByItself?: true;
}

/**
 * Groups of tests, quickest first. `parallel` files run at once; `limitMs` is for one test. With `secondTry`, files that
 * failed are run once more by themselves: a whole machine under them is not always steady. That they needed it is told.
 */
const groups: Group[] = [
  { name: "unit", parallel: 2, limitMs: 60_000, endsByItself: true },
  { name: "api", parallel: 2, limitMs: 60_000, endsByItself: true },
  { name: "integration", parallel: 2, limitMs: 180_000, secondTry: true },
  { name: "abuse", parallel: 2, limitMs: 180_000, secondTry: true },
  { name: "conformance", parallel: 2, limitMs: 300_000, secondTry: true },
  { name: "e2e", parallel: 2, limitMs: 300_000, secondTry: true, unfit: whyNoChromium },
];

/** `./drydock test [GROUP|FILE...]`. The last line is `N passed, N failed, N skipped`. */
export async function run(args: string[]): Promise<number> {
  const { positionals } = readArguments("test", args, {}, Infinity);
  requireRoot();
  const settings = readSettings();
  const chosen = chooseTests(
    positionals,
    globSync([`test/{${groups.map(({ name }) => name).join(",")}}/**/*.test.ts`, "app/**/*.test.ts"], {
      cwd: settings.checkout,
    }),
  );
  await setUp(settings, testPackages);
  releaseLock();
  const script = ["--disable-warning=ExperimentalWarning", "test/suites/clear-dead-runs.ts"];
  await succeeds(settings, process.execPath, script, {});
  const totalsFile = join(settings.checkout, ".drydock/test-totals");
  rmSync(totalsFile, { force: true });
  const broken: string[] = [];
  const unsteady: string[] = [];
  // What the first that needs it makes and all that follow share: base images, the API's document, compiled modules.
  const given = process.env["DRYDOCK_TEST_SHARED"];
  const shared = given ?? mkdtempSync(join(tmpdir(), "drydock-test-shared-"));
  process.env["DRYDOCK_TEST_SHARED"] = shared;
  process.env["NODE_COMPILE_CACHE"] ??= join(shared, "modules");
  let unfit = 0;
  if (chosen.check && !(await timed("check: types, lint, format, import directions", () => check(settings)))) {
    broken.push("check");
  }
  for (const group of groups) {
    const files = chosen.files.get(group.name) ?? [];
    if (files.length === 0) continue;
    const why = group.unfit?.();
    if (why !== undefined) {
      unfit += files.length;
      for (const file of files) process.stdout.write(`SKIP  ${file}: ${why}\n`);
      continue;
    }
    let sound = await timed(`${group.name}: ${files.length} files`, () => runGroup(settings, files, group, totalsFile));
    const failing = failingFiles(totalsFile, files);
    if (failing.length > 0 && group.secondTry) {
      unsteady.push(...failing);
      sound = await timed(`${group.name}, once more: ${failing.join(" ")}`, () =>
        runGroup(settings, failing, { ...group, parallel: 1 }, totalsFile),
      );
    }
    if (!sound && failingFiles(totalsFile, files).length === 0) broken.push(group.name);
  }
  if (given === undefined) removeShared(shared);
  const totals = sumTotals(totalsFile);
  const failingStill = failingFiles(totalsFile, unsteady);
  const passedLater = unsteady.filter((path) => !failingStill.includes(path));
  for (const file of passedLater) {
    process.stdout.write(`\nUNSTEADY  ${file}: failed first, passed when run once more by itself\n`);
  }
  for (const file of failingFiles(totalsFile, [...chosen.files.values()].flat())) {
    process.stdout.write(`\nFAILING  ${file}: its failures are printed above\n`);
  }
  for (const name of broken) process.stdout.write(`\nFAIL  ${name}: see above\n`);
  if (passedLater.length > 0) {
    process.stdout.write(`\n${passedLater.length} unsteady: failed first, passed when run once more\n`);
  }
  process.stdout.write(`\n== all of it (${(process.uptime() / 60).toFixed(1)} min)\n`);
  const end = ending(totals, broken.length, unfit);
  process.stdout.write(`\n${end.lastLine}\n`);
  return end.status;
}

/** What the command says last, and its exit status. @param broken groups that failed as a whole @param unfit files not run */
export function ending(totals: Totals, broken: number, unfit: number): { lastLine: string; status: 0 | 1 } {
  const failed = totals.failed + broken;
  const lastLine = `${totals.passed} passed, ${failed} failed, ${totals.skipped + unfit} skipped`;
  return { lastLine, status: failed === 0 ? 0 : 1 };
}

/** @returns the time that the body took is printed, its result given back */
async function timed(title: string, body: () => Promise<boolean>): Promise<boolean> {
  process.stdout.write(`\n== ${title}\n`);
  const started = Date.now();
  const result = await body();
  process.stdout.write(`== ${title} (${((Date.now() - started) / 1000).toFixed(0)} s)\n`);
  return result;
}

/** Other commands of this checkout need not wait until the tests have run. */
function releaseLock(): void {
  const lock = lockDescriptor();
  if (lock === undefined) return;
  closeSync(lock);
  Reflect.deleteProperty(process.env, "DRYDOCK_LOCK_FD");
}

/** Tests of the page's parts are beside them. */
const groupOf = (file: string): string => (file.startsWith("app/") ? "unit" : (file.split("/")[1] ?? ""));

/**
 * Without arguments everything. An argument is the name of a group, `check`, or a part of a file's path.
 * @throws CommandError when an argument fits nothing
 */
export function chooseTests(args: string[], all: string[]): { check: boolean; files: Map<string, string[]> } {
  const isGroup = (arg: string) => groups.some(({ name }) => name === arg);
  const fits = (arg: string, file: string) =>
    isGroup(arg) ? groupOf(file) === arg : file.includes(arg.replace(/^\.\//, ""));
  const lost = args.find((arg) => arg !== "check" && !all.some((file) => fits(arg, file)));
  if (lost !== undefined) {
    throw new CommandError(
      `no test fits "${lost}": give a group (check, ${groups.map(({ name }) => name).join(", ")}) or a part of a file's path`,
    );
  }
  const chosen = args.length === 0 ? all : all.filter((file) => args.some((arg) => fits(arg, file)));
  return {
    check: args.length === 0 || args.includes("check"),
    files: new Map(groups.map(({ name }) => [name, chosen.filter((file) => groupOf(file) === name).toSorted()])),
  };
}

async function check(settings: Settings): Promise<boolean> {
  return succeeds(settings, join(settings.checkout, ".drydock/bin/npm"), ["run", "--silent", "check"], {});
}

function runGroup(settings: Settings, files: string[], group: Group, totalsFile: string): Promise<boolean> {
  const args = [
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-reporter=./test/reporter.ts",
    `--import=${pathToFileURL(join(settings.checkout, "test/suites/whole-output.ts")).href}`,
    `--test-concurrency=${group.parallel}`,
    `--test-timeout=${group.limitMs * Number(process.env["DRYDOCK_TEST_PATIENCE"] ?? 1)}`,
    ...(group.endsByItself === true ? [] : ["--test-force-exit"]),
    ...files,
  ];
  return succeeds(settings, process.execPath, args, { DRYDOCK_TEST_TOTALS: totalsFile });
}

function succeeds(settings: Settings, program: string, args: string[], env: Record<string, string>): Promise<boolean> {
  const child = spawn(program, args, {
    cwd: settings.checkout,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => resolve(code === 0));
  });
}

/** Totals by test file of all that reported so far; of a file that ran twice, the second run's. */
function readTotals(totalsFile: string): Map<string, Totals> {
  const lines = readFileSync(totalsFile, { encoding: "utf8", flag: "a+" }).split("\n");
  return new Map(
    lines.filter((text) => text !== "").flatMap((line) => Object.entries(JSON.parse(line) as Record<string, Totals>)),
  );
}

function failingFiles(totalsFile: string, files: string[]): string[] {
  const totals = readTotals(totalsFile);
  return files.filter((file) => (totals.get(file)?.failed ?? 0) > 0);
}

export function sumTotals(totalsFile: string): Totals {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const { passed, failed, skipped } of readTotals(totalsFile).values()) {
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
}

/** What is left there is told: it is no reason to lose the results. */
function removeShared(directory: string): void {
  try {
    // A supervisor that ends meanwhile puts its modules there.
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
  } catch (error) {
    process.stdout.write(`NOTE  ${directory} could not be removed: ${String(error)}\n`);
  }
}
