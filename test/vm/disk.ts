import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fingerprintOf } from "../../server/cli/fingerprint.ts";
import { productPackages, testPackages } from "../../server/cli/packages.ts";
import { claimName } from "../suites/claimed-name.ts";
import { dockerClient } from "../suites/docker-clients.ts";
import { giveStandIns } from "../suites/stand-ins.ts";

const checkout = join(import.meta.dirname, "../..");

/** The disk that make-disk.sh makes, kept until it would be made in another way. */
export class CachedDisk {
  /** with disk.img, vmlinuz and initrd */
  readonly directory: string;
  readonly #packages: string;

  /** @param forTests has what `./drydock test` installs: under emulation apt would take a quarter of an hour */
  constructor(cache: string, forTests: boolean) {
    const needs = forTests ? [...productPackages, ...testPackages] : [];
    this.#packages = [...new Set(needs.map((need) => need.package))].toSorted().join();
    const makers = ["vm/make-disk.sh", "bare/make-root.sh"];
    this.directory = join(cache, fingerprintOf(join(checkout, "test"), makers, this.#packages).slice(0, 12));
  }

  /** @returns why it cannot be made here @throws Error when making it failed */
  make(): string | undefined {
    if (existsSync(join(this.directory, "disk.img"))) return undefined;
    const maker = join(import.meta.dirname, "make-disk.sh");
    const { status, stderr } = spawnSync(maker, [this.directory, this.#packages], { encoding: "utf8" });
    if (status === 77) return stderr.trim();
    if (status !== 0) throw new Error(`make-disk.sh: ${stderr}`);
    return undefined;
  }

  /**
   * A copy of it in `directory`, with the checkout in its /src.
   * @param tests what session.sh gives to `./drydock test`; none: it goes through what an operator does
   */
  copyTo(directory: string, tests: string): string {
    const disk = join(directory, "disk.img");
    execFileSync("cp", ["--sparse=always", "--reflink=auto", join(this.directory, "disk.img"), disk]);
    // Where every process could see the mount, one that takes a mount namespace would keep it when the machine runs.
    const args = ["--disable-warning=ExperimentalWarning", import.meta.filename, directory, tests];
    execFileSync("unshare", ["-m", process.execPath, ...args], { stdio: ["ignore", "inherit", "inherit"] });
    return disk;
  }
}

async function fill(directory: string, tests: string): Promise<void> {
  const root = join(directory, "root");
  mkdirSync(root);
  execFileSync("mount", ["-o", "loop", join(directory, "disk.img"), root]);
  await putCheckout(join(root, "src"), join(directory, "settings.json"));
  cpSync(await dockerClient(), join(root, "usr/local/bin/docker"), { dereference: true });
  if (tests !== "") {
    await putTests(join(root, "src"), tests);
    // Also minutes under emulation.
    execFileSync("apt-get", ["-qq", "-o", `Dir=${root}`, "update"], { stdio: ["ignore", "inherit", "inherit"] });
    compileModules(root);
  }
  execFileSync("umount", ["-R", root]);
}

/** A clone of what is committed with all its set-up done: under emulation that would take half an hour. */
async function putCheckout(tree: string, settings: string): Promise<void> {
  execFileSync("git", ["clone", "--quiet", "--depth", "1", `file://${checkout}`, tree]);
  mkdirSync(join(tree, ".drydock"));
  const ready = ["toolchain", "bin", "stamps"].map((name) => `.drydock/${name}`);
  for (const path of ["node_modules", "prisma/generated", ".next", ...ready]) copyIfThere(path, tree);
  const setUp =
    'const { setUp } = await import("./server/cli/setup.ts"); const { readSettings } = await import("./server/cli/settings.ts"); await setUp(readSettings());';
  execFileSync(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", setUp], {
    cwd: tree,
    env: { ...process.env, DRYDOCK_CHECKOUT: tree, DRYDOCK_SETTINGS: settings },
    stdio: ["ignore", "inherit", "inherit"],
  });
}

/** What tests would fetch and make. */
async function putTests(tree: string, tests: string): Promise<void> {
  writeFileSync(join(tree, "wanted-tests"), tests);
  copyIfThere(".drydock/reference", tree);
  const shared = join(tree, ".drydock/test-shared");
  await giveStandIns(["busybox"], join(shared, "busybox"));
  await giveStandIns(["busybox", "debian", "gcc", "node", "drydock/workstation"], join(shared, "images"));
}

/** Taking the types out of a thousand modules takes minutes under emulation: what an engine imports is kept without. */
function compileModules(root: string): void {
  const shared = "/src/.drydock/test-shared";
  const clear = "test/suites/openapi/hook.ts --import /src/test/suites/drydockd.ts /src/server/main.ts --clear";
  const settings = `DRYDOCK_DATA=/tmp/d DRYDOCK_RUN=/tmp/r DRYDOCK_NAME=${claimName()} DRYDOCK_TEST_SHARED=${shared}`;
  const node = `${settings} NODE_COMPILE_CACHE=${shared}/modules /src/.drydock/web-node --import /src/${clear}`;
  for (const name of ["proc", "sys", "dev"]) execFileSync("mount", ["--rbind", `/${name}`, join(root, name)]);
  execFileSync("chroot", [root, "env", ...node.split(" ")], { stdio: ["ignore", "inherit", "inherit"] });
}

function copyIfThere(path: string, tree: string): void {
  if (existsSync(join(checkout, path))) execFileSync("cp", ["-aH", join(checkout, path), join(tree, path)]);
}

if (import.meta.main) {
  const [directory = "", tests = ""] = process.argv.slice(2);
  await fill(directory, tests);
}
