import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  globSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { diskSpace } from "../engine/mount/disk-space.ts";
import { installPackages, requirePackageLists } from "./apt.ts";
import { CommandError } from "./command-error.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { type PackageNeed, packagesOfMachine, productPackages } from "./packages.ts";
import type { Settings } from "./settings.ts";
import { run, step } from "./steps.ts";

const gigabyte = 1024 ** 3;
/** node_modules, the web build and caches of a fresh checkout */
const setUpBytes = 2.5 * gigabyte;

/**
 * All the set-up of `up`. Each step looks whether it is done, so that a second run is quick and a broken one is finished.
 * @param further packages that `up` does not need: they are installed while the page is built
 */
export async function setUp(settings: Settings, further: PackageNeed[] = []): Promise<void> {
  requireRoot();
  requireDisk(settings);
  await installPackages(productPackages, settings, "system packages");
  await installPackages(packagesOfMachine(), settings, "what this machine can use");
  await requirePackageLists(settings);
  await makeUser(settings);
  const both = [prepareCheckout(settings), installPackages(further, settings, "further packages")];
  // A program that still runs is waited for: nothing goes on behind a failure.
  await Promise.allSettled(both);
  await Promise.all(both);
}

async function prepareCheckout(settings: Settings): Promise<void> {
  await installModules(settings);
  await generateDatabaseClient(settings);
  await buildWeb(settings);
  placeWebNode(settings);
}

/** web's own name for Node, beside the checkout's files, since the toolchain's links are absolute. */
function placeWebNode(settings: Settings): void {
  const target = join(settings.checkout, ".drydock/web-node");
  const placed = statSync(target, { throwIfNoEntry: false });
  const wanted = statSync(process.execPath);
  if (placed?.ino === wanted.ino || (placed?.size === wanted.size && placed.mtimeMs >= wanted.mtimeMs)) return;
  rmSync(target, { force: true });
  try {
    linkSync(process.execPath, target);
  } catch {
    copyFileSync(process.execPath, target); // another file system: a link is not possible
  }
  if (!existsSync(target)) throw new CommandError(`could not place ${target}`);
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new CommandError("needs root for namespaces, cgroups and mounts: run it with sudo");
  }
}

function requireDisk(settings: Settings): void {
  const isSetUp = existsSync(join(settings.checkout, ".drydock/stamps/web"));
  const needs = [
    { directory: settings.checkout, least: isSetUp ? 0.1 * gigabyte : setUpBytes },
    // Who already has data must be able to start, to remove some of it.
    { directory: settings.data, least: existsSync(join(settings.data, "lock")) ? 0.01 * gigabyte : gigabyte },
    { directory: tmpdir(), least: 0.25 * gigabyte },
  ];
  for (const { directory, least } of needs) {
    let existing = directory;
    while (!existsSync(existing)) existing = join(existing, "..");
    const { free } = diskSpace(existing);
    if (free < least) {
      throw new CommandError(
        `the disk of ${directory} has ${Math.round(free / 1024 ** 2)} MB free, and ${Math.round(least / 1024 ** 2)} MB are needed: make room and run the same command again`,
      );
    }
  }
}

/** Does `body` unless it was done for the same `fingerprint` before, and what it `makes` is still there. */
async function once(
  settings: Settings,
  { name, fingerprint, makes }: { name: string; fingerprint: string; makes: readonly string[] },
  body: () => Promise<void>,
): Promise<void> {
  const stamp = join(settings.checkout, ".drydock/stamps", name);
  const isMade = makes.every((path) => existsSync(join(settings.checkout, path)));
  if (isMade && existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return;
  rmSync(stamp, { force: true });
  await body();
  mkdirSync(join(stamp, ".."), { recursive: true });
  writeFileSync(stamp, fingerprint);
}

export async function installModules(settings: Settings): Promise<void> {
  const fingerprint = fingerprintOf(settings.checkout, ["package-lock.json"]);
  await once(settings, { name: "modules", fingerprint, makes: ["node_modules/.package-lock.json"] }, () =>
    step("JavaScript packages (npm ci)", (say) =>
      run(join(settings.checkout, ".drydock/bin/npm"), ["ci", "--no-audit", "--no-fund"], {
        cwd: settings.checkout,
        log: join(settings.checkout, ".drydock/npm-ci.log"),
        hint: "Check that npm reaches its registry here ('npm ping'; proxy settings get through sudo with 'sudo -E'), then run the same command again.",
        holdsLock: true,
        onLine: say,
      }),
    ),
  );
}

/** `npm ci` generates it too, but not when only the schema has changed since. */
export async function generateDatabaseClient(settings: Settings): Promise<void> {
  const makes = ["prisma/generated/client.ts", "prisma/generated/postgresql/client.ts"];
  const fingerprint = fingerprintOf(settings.checkout, [
    "prisma/schema.prisma",
    "prisma/generate.ts",
    "package-lock.json",
  ]);
  await once(settings, { name: "database", fingerprint, makes }, () =>
    step("the database client", (say) =>
      run(join(settings.checkout, ".drydock/bin/npm"), ["run", "db"], {
        cwd: settings.checkout,
        log: join(settings.checkout, ".drydock/database.log"),
        holdsLock: true,
        onLine: say,
      }),
    ),
  );
}

/** The group comes first: useradd, killed in the middle, leaves a user without the group that it is to make, and web needs it. */
export async function makeUser({ user, checkout }: Settings): Promise<void> {
  const isKnown = (database: string) => spawnSync("getent", [database, user]).status === 0;
  if (isKnown("group") && isKnown("passwd")) return;
  const log = join(checkout, ".drydock/useradd.log");
  await step(`the user ${user}, without privilege, that web runs as`, async () => {
    if (!isKnown("group")) await run("groupadd", ["--system", user], { log });
    if (isKnown("passwd")) return;
    const options = ["--system", "--gid", user, "--no-create-home", "--shell", "/usr/sbin/nologin"];
    await run("useradd", [...options, user], { log });
  });
}

/** What runs is served a copy of the last build (pages.ts). */
export async function buildWeb(settings: Settings): Promise<void> {
  const sources = [
    "app/**",
    "public/**",
    "server/contract/**",
    "server/playground/**",
    "prisma/**",
    "*.mjs",
    "*.ts",
    "package-lock.json",
  ]
    .flatMap((pattern) =>
      globSync(pattern, {
        cwd: settings.checkout,
        exclude: (name) => name === "generated" || name === "node_modules" || name.endsWith(".test.ts"),
      }),
    )
    .filter((path) => path !== "next-env.d.ts" && statSync(join(settings.checkout, path)).isFile());
  const fingerprint = fingerprintOf(settings.checkout, sources);
  await once(settings, { name: "web", fingerprint, makes: [".next/BUILD_ID"] }, () =>
    step("the web page (about a minute)", (say) =>
      run(join(settings.checkout, ".drydock/bin/npm"), ["run", "build"], {
        cwd: settings.checkout,
        log: join(settings.checkout, ".drydock/web-build.log"),
        env: { NEXT_TELEMETRY_DISABLED: "1" },
        holdsLock: true,
        onLine: say,
      }),
    ),
  );
}
