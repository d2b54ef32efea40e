import { spawn } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { installPackages } from "./apt.ts";
import { CommandError } from "./command-error.ts";
import { productPackages, testPackages } from "./packages.ts";
import { readSettings, type Settings } from "./settings.ts";
import { requireRoot, setUp } from "./setup.ts";

/** Groups of tests, quickest first. `parallel` files run at once; `limitMs` is for one test. */
const groups = [
  { name: "unit", parallel: 2, limitMs: 60_000 },
  { name: "api", parallel: 2, limitMs: 60_000 },
  { name: "integration", parallel: 2, limitMs: 180_000 },
  { name: "conformance", parallel: 1, limitMs: 300_000 },
  { name: "e2e", parallel: 1, limitMs: 300_000 },
];

/** `./drydock test [GROUP|FILE...]`. The last line is `N passed, N failed, N skipped`. */
export async function run(args: string[]): Promise<number> {
  requireRoot();
  const settings = readSettings();
  await setUp(settings);
  await installPackages([...productPackages, ...testPackages], settings, "packages for the tests");
  const totalsFile = join(settings.checkout, ".drydock/test-totals");
  rmSync(totalsFile, { force: true });
  mkdirSync(join(settings.checkout, ".drydock"), { recursive: true });
  const broken: string[] = [];
  if (args.length === 0 && !(await check(settings))) broken.push("check");
  for (const group of groups) {
    const files = chosenFiles(settings, group.name, args);
    if (files.length === 0) continue;
    process.stdout.write(`\n== ${group.name}: ${files.length} files\n`);
    const before = sumTotals(totalsFile);
    const sound = await runGroup(settings, files, group, totalsFile);
    if (!sound && sumTotals(totalsFile).failed === before.failed) broken.push(group.name);
  }
  const totals = sumTotals(totalsFile);
  if (totals.passed + totals.failed + totals.skipped === 0) throw new CommandError(`no test matches ${args.join(" ")}`);
  for (const name of broken) process.stdout.write(`\nFAIL  ${name} broke off: see above\n`);
  const failed = totals.failed + broken.length;
  process.stdout.write(`\n${totals.passed} passed, ${failed} failed, ${totals.skipped} skipped\n`);
  return failed === 0 ? 0 : 1;
}

function chosenFiles(settings: Settings, group: string, args: string[]): string[] {
  const all = globSync(`test/${group}/**/*.test.ts`, { cwd: settings.checkout }).toSorted();
  return args.length === 0 ? all : all.filter((file) => args.some((arg) => arg === group || file.includes(arg)));
}

async function check(settings: Settings): Promise<boolean> {
  process.stdout.write("\n== check: types, lint, format, import directions\n");
  return succeeds(settings, join(settings.checkout, ".drydock/bin/npm"), ["run", "--silent", "check"], {});
}

function runGroup(
  settings: Settings,
  files: string[],
  group: { parallel: number; limitMs: number },
  totalsFile: string,
): Promise<boolean> {
  const args = [
    "--disable-warning=ExperimentalWarning",
    "--test",
    "--test-reporter=./test/reporter.ts",
    `--test-concurrency=${group.parallel}`,
    `--test-timeout=${group.limitMs}`,
    "--test-force-exit",
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

/** Totals of all groups that reported so far. */
function sumTotals(file: string): { passed: number; failed: number; skipped: number } {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const line of readFileSync(file, { encoding: "utf8", flag: "a+" })
    .split("\n")
    .filter((text) => text !== "")) {
    const { passed, failed, skipped } = JSON.parse(line) as typeof sum;
    sum.passed += passed;
    sum.failed += failed;
    sum.skipped += skipped;
  }
  return sum;
}
