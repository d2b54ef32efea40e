import { existsSync } from "node:fs";
import { chmod, copyFile, link, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Unavailable } from "../errdefs/errors.ts";
import { runInRoot, runIsolated } from "./chroot.ts";
import type { HostMachine } from "./host-machine.ts";
import { downloadPackage } from "./packages.ts";
import type { Recipe } from "./recipe.ts";
import { runCommand } from "./run-command.ts";

export interface FillOptions {
  host: HostMachine;
  /** keeps apt's lists and downloads between images */
  aptDirectory: string;
  signal?: AbortSignal | undefined;
  onLine?: (line: string) => void;
}

/** Documents that nobody reads in a container; licences stay (as in the slim images on Docker Hub). */
const leftOut = [
  "path-exclude=/usr/share/man/*",
  "path-exclude=/usr/share/locale/*",
  "path-exclude=/usr/share/doc/*",
  "path-exclude=/usr/share/info/*",
  "path-include=/usr/share/doc/*/copyright",
  "path-include=/usr/share/locale/locale.alias",
];

/**
 * Makes one image's files in `root`: empty, or holding the distribution for recipes of the kind `base`.
 * @returns the version of what it is about
 * @throws Unavailable (packages), Cancelled
 */
export async function fillRoot(recipe: Recipe, root: string, options: FillOptions): Promise<string> {
  const { host, signal } = options;
  const scratch = await mkdtemp(join(tmpdir(), "drydock-stand-in-"));
  try {
    switch (recipe.kind) {
      case "nothing":
        await fillBusybox(root, scratch, options);
        break;
      case "distribution":
        await bootstrap(root, scratch, options);
        break;
      case "base":
        await installPackages(recipe.packages?.(host) ?? [], root, options);
        break;
    }
    for (const copy of (await recipe.copies?.(scratch)) ?? []) {
      await mkdir(dirname(join(root, copy.to)), { recursive: true });
      // -L at the top only: a link to a program is not the program.
      await runCommand("cp", ["-RH", "--preserve=mode,timestamps", "--reflink=auto", copy.from, join(root, copy.to)], {
        signal,
      });
    }
    for (const file of recipe.files?.(host) ?? []) {
      await write(root, file.path, file.content, file.mode);
    }
    if (recipe.setup !== undefined) {
      await runInRoot(root, recipe.setup, options);
    }
    const version = recipe.version === undefined ? "" : await runInRoot(root, recipe.version, options);
    await tidy(root);
    return version.trim().split("\n")[0] ?? "";
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function fillBusybox(root: string, scratch: string, options: FillOptions): Promise<void> {
  const { signal } = options;
  await downloadPackage("busybox-static", scratch, options);
  for (const directory of [
    "bin",
    "dev",
    "etc",
    "home",
    "proc",
    "sys",
    "usr/bin",
    "usr/sbin",
    "var/spool/mail",
    "var/www",
  ]) {
    await mkdir(join(root, directory), { recursive: true, mode: 0o755 });
  }
  await mkdir(join(root, "root"), { mode: 0o700 });
  await mkdir(join(root, "tmp"));
  await chmod(join(root, "tmp"), 0o1777);
  const program = join(root, "bin/busybox");
  // Debian 13 ships it in /usr/bin.
  const shipped = ["bin/busybox", "usr/bin/busybox"]
    .map((path) => join(scratch, path))
    .find((path) => existsSync(path));
  if (shipped === undefined) {
    throw new Unavailable("the package busybox-static has no busybox");
  }
  await copyFile(shipped, program);
  await chmod(program, 0o755);
  const applets = (await runCommand(program, ["--list"], { signal })).split("\n");
  for (const applet of applets.filter((name) => /^[a-z0-9_.[-]+$/i.test(name) && name !== "busybox")) {
    await link(program, join(root, "bin", applet));
  }
  await symlink("../../bin/env", join(root, "usr/bin/env"));
}

async function bootstrap(root: string, scratch: string, options: FillOptions): Promise<void> {
  const { host, signal, onLine } = options;
  const sources = join(scratch, "sources.list");
  const lines = `${host.aptSources.join("\n")}\n`;
  await writeFile(sources, lines);
  const arguments_ = [
    "--variant=minbase",
    "--format=directory",
    "--mode=root",
    ...leftOut.map((option) => `--dpkgopt=${option}`),
    ...host.aptSettings.map((setting) => `--aptopt=${setting.replace(/;$/, "")}`),
    '--aptopt=Acquire::Languages "none"',
    `--include=${alwaysIncluded(host).join(",")}`,
    host.codename,
    root,
    sources,
  ];
  await runIsolated("mmdebstrap", arguments_, { signal, onLine });
  await rm(join(root, "etc/apt/apt.conf.d/99mmdebstrap"), { force: true });
  // mmdebstrap keeps them under a name of its own: the same sources twice would make each update complain.
  await rm(join(root, "etc/apt/sources.list.d"), { recursive: true, force: true });
  await mkdir(join(root, "etc/apt/sources.list.d"), { mode: 0o755 });
  await write(root, "/etc/apt/sources.list", lines);
  await write(root, "/etc/apt/apt.conf.d/90machine", `${host.aptSettings.join("\n")}\n`);
  await write(root, "/etc/apt/apt.conf.d/docker-clean", aptForImages);
  await write(root, "/etc/dpkg/dpkg.cfg.d/docker", `${leftOut.join("\n")}\nforce-unsafe-io\n`);
  await rm(join(root, "etc/dpkg/dpkg.cfg.d/99mmdebstrap"), { force: true });
  // Services are not started by installing them: there is no init in a container.
  await write(root, "/usr/sbin/policy-rc.d", "#!/bin/sh\nexit 101\n", 0o755);
  for (const { name, pem } of host.authorities) {
    await write(root, `/usr/local/share/ca-certificates/${name}`, pem);
  }
  for (const entry of await readdir(join(root, "dev"))) {
    await rm(join(root, "dev", entry), { recursive: true, force: true });
  }
  if (host.aptSources.some((line) => line.includes("https://"))) {
    await runInRoot(root, "update-ca-certificates", options);
  }
}

/** What the smallest set of packages may lack: Ubuntu's has no apt; sources over TLS need authorities. */
export function alwaysIncluded({ aptSources }: Pick<HostMachine, "aptSources">): string[] {
  return ["apt", ...(aptSources.some((line) => line.includes("https://")) ? ["ca-certificates"] : [])];
}

/** A layer should hold what was installed, not how it came here (apt.conf(5)). */
const aptForImages = `DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb /var/cache/apt/*.bin || true"; };
APT::Update::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
Apt::AutoRemove::SuggestsImportant "false";
`;

async function installPackages(names: readonly string[], root: string, options: FillOptions): Promise<void> {
  if (names.length === 0) {
    return;
  }
  const install = `apt-get -o Dpkg::Use-Pty=0 -o DPkg::Post-Invoke::=true install -y --no-install-recommends ${names.join(" ")}`;
  const update = "apt-get update -o APT::Update::Error-Mode=any";
  // Package lists of an earlier image do; if they are too old, the packages that they name are gone from the mirror.
  await runInRoot(
    root,
    `ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 && ${install} || { ${update}; ${install}; }`,
    {
      ...options,
    },
  );
}

async function write(root: string, path: string, content: string, mode = 0o644): Promise<void> {
  const target = join(root, path);
  await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await rm(target, { force: true });
  await writeFile(target, content);
  await chmod(target, mode);
}

/** Removes what only the making left behind. */
async function tidy(root: string): Promise<void> {
  const files = [
    "etc/machine-id",
    "etc/hostname",
    "etc/resolv.conf",
    "var/lib/systemd/random-seed",
    "var/log/bootstrap.log",
  ];
  const logs = ["apt/history.log", "apt/term.log", "apt/eipp.log.xz", "dpkg.log", "alternatives.log", "fontconfig.log"];
  const caches = [
    "debconf/config.dat-old",
    "debconf/templates.dat-old",
    "ldconfig/aux-cache",
    "apt/pkgcache.bin",
    "apt/srcpkgcache.bin",
  ];
  const old = ["status-old", "diversions-old", "statoverride-old"];
  const paths = [
    ...files,
    ...logs.map((name) => `var/log/${name}`),
    ...caches.map((name) => `var/cache/${name}`),
    ...old.map((name) => `var/lib/dpkg/${name}`),
  ];
  for (const path of paths) {
    await rm(join(root, path), { force: true });
  }
  for (const directory of ["tmp", "run", "var/tmp", "var/cache/apt/archives", "var/lib/apt/lists"]) {
    const entries = await readdir(join(root, directory)).catch(() => []);
    for (const entry of entries.filter((name) => name !== "partial" && name !== "lock")) {
      await rm(join(root, directory, entry), { recursive: true, force: true });
    }
  }
}
