import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { CommandError } from "./command-error.ts";
import { extractedPrograms, type PackageNeed, productPackages } from "./packages.ts";
import type { Settings } from "./settings.ts";
import { run, step } from "./steps.ts";

const leastFreeBytes = 3 * 1024 ** 3;

/** All the set-up of `up`. Each step looks whether it is done, so that a second run is quick and a broken one is finished. */
export async function setUp(settings: Settings): Promise<void> {
  requireRoot();
  requireDisk(settings);
  await installPackages(productPackages, settings, "system packages");
  await extractPrograms(settings);
  await installModules(settings);
  await makeUser(settings);
  await buildWeb(settings);
}

export function requireRoot(): void {
  if (process.getuid?.() !== 0) {
    throw new CommandError("needs root for namespaces, cgroups and mounts: run it with sudo");
  }
}

function requireDisk(settings: Settings): void {
  for (const directory of [settings.checkout, settings.data, "/tmp"]) {
    let existing = directory;
    while (!existsSync(existing)) existing = join(existing, "..");
    const { bavail, bsize } = statfsSync(existing);
    const least = directory === "/tmp" ? 256 * 1024 ** 2 : leastFreeBytes;
    if (bavail * bsize < least) {
      throw new CommandError(
        `the disk of ${directory} has ${Math.round((bavail * bsize) / 1024 ** 2)} MB free, and ${Math.round(least / 1024 ** 2)} MB are needed: make room and run the same command again`,
      );
    }
  }
}

export function onPath(command: string, extra: string[] = []): string | undefined {
  const directories = [...extra, ...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return directories.map((directory) => join(directory, command)).find((path) => existsSync(path));
}

/** Installs what is missing of `needs` with apt. @throws CommandError when there is no apt or no package source */
export async function installPackages(needs: PackageNeed[], settings: Settings, title: string): Promise<void> {
  const missing = needs.filter((need) => !need.commands.some((command) => onPath(command)));
  if (missing.length === 0) return;
  const names = missing.map((need) => need.package);
  if (onPath("apt-get") === undefined) {
    throw new CommandError(
      `needs these programs, and this machine has no apt to install them: ${missing.map((need) => `${need.commands[0]} (${need.why})`).join(", ")}`,
    );
  }
  await step(`${title}: ${names.join(" ")}`, async (say) => {
    const log = join(settings.checkout, ".drydock/apt.log");
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    const hint = "Check this machine's network and /etc/apt/sources.list*, then run the same command again.";
    await run("apt-get", ["update"], { log, env, hint, onLine: say });
    await run("apt-get", ["install", "-y", "--no-install-recommends", ...names], { log, env, hint, onLine: say });
  });
}

async function extractPrograms(settings: Settings): Promise<void> {
  const bin = join(settings.checkout, ".drydock/bin");
  for (const program of extractedPrograms) {
    if (onPath(program.command, [bin]) !== undefined) continue;
    await step(`${program.command} (${program.why})`, async () => {
      const scratch = mkdtempSync(join(tmpdir(), "drydock-extract-"));
      try {
        const log = join(settings.checkout, ".drydock/extract.log");
        await run("apt-get", ["-o", "APT::Sandbox::User=root", "download", program.package], { log, cwd: scratch });
        const [archive] = globSync(join(scratch, "*.deb"));
        if (archive === undefined) throw new CommandError(`apt-get download ${program.package} brought no package`);
        await run("dpkg-deb", ["-x", archive, join(scratch, "root")], { log });
        copyFileSync(join(scratch, "root", program.path), join(bin, program.command));
        chmodSync(join(bin, program.command), 0o755);
      } finally {
        rmSync(scratch, { recursive: true });
      }
    });
  }
}

/** Does `body` unless it was done for the same `fingerprint` before. */
async function once(settings: Settings, name: string, fingerprint: string, body: () => Promise<void>): Promise<void> {
  const stamp = join(settings.checkout, ".drydock/stamps", name);
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint) return;
  rmSync(stamp, { force: true });
  await body();
  mkdirSync(join(stamp, ".."), { recursive: true });
  writeFileSync(stamp, fingerprint);
}

function fingerprintOf(paths: string[]): string {
  const hash = createHash("sha256");
  for (const path of paths.toSorted()) {
    hash.update(path).update("\0").update(readFileSync(path)).update("\0");
  }
  return hash.digest("hex");
}

export async function installModules(settings: Settings): Promise<void> {
  const present = existsSync(join(settings.checkout, "node_modules/.package-lock.json"));
  const fingerprint = fingerprintOf([join(settings.checkout, "package-lock.json")]);
  await once(settings, "modules", present ? fingerprint : `${fingerprint} missing`, () =>
    step("JavaScript packages (npm ci)", (say) =>
      run(join(settings.checkout, ".drydock/bin/npm"), ["ci", "--no-audit", "--no-fund"], {
        cwd: settings.checkout,
        log: join(settings.checkout, ".drydock/npm-ci.log"),
        hint: "Check that npm reaches its registry here ('npm ping'), then run the same command again.",
        onLine: say,
      }),
    ),
  );
  writeFileSync(join(settings.checkout, ".drydock/stamps/modules"), fingerprint);
}

async function makeUser(settings: Settings): Promise<void> {
  try {
    execFileSync("id", ["-u", settings.user], { stdio: "ignore" });
    return;
  } catch {
    // `id` fails for a user that does not exist: the case this function is for
  }
  await step(`the user ${settings.user}, without privilege, that web runs as`, () =>
    run("useradd", ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", settings.user], {
      log: join(settings.checkout, ".drydock/useradd.log"),
    }),
  );
}

async function buildWeb(settings: Settings): Promise<void> {
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
      globSync(pattern, { cwd: settings.checkout, exclude: (name) => name === "generated" || name === "node_modules" }),
    )
    .map((path) => join(settings.checkout, path))
    .filter((path) => !path.endsWith("next-env.d.ts") && statSync(path).isFile());
  const missing = existsSync(join(settings.checkout, ".next/BUILD_ID")) ? "" : " missing";
  const fingerprint = fingerprintOf(sources);
  await once(settings, "web", `${fingerprint}${missing}`, () =>
    step("the web page (about a minute)", (say) =>
      run(join(settings.checkout, ".drydock/bin/npm"), ["run", "build"], {
        cwd: settings.checkout,
        log: join(settings.checkout, ".drydock/web-build.log"),
        env: { NEXT_TELEMETRY_DISABLED: "1" },
        onLine: say,
      }),
    ),
  );
  writeFileSync(join(settings.checkout, ".drydock/stamps/web"), fingerprint);
}
