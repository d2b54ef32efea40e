import { normalize, resolve } from "node:path/posix";
import { InvalidArgument } from "../errdefs/errors.ts";
import type { HostOptions, MountRequest, ProcessConfig, ResolvedMount } from "./container.ts";

/** Target without `.`, `..` and a slash at the end. @throws InvalidArgument in dockerd's words */
export function mountTarget(target: string): string {
  if (!target.startsWith("/") || target.includes("\0")) {
    throw new InvalidArgument(`invalid mount path: '${target}' mount path must be absolute`);
  }
  const path = normalize(target).replace(/\/+$/, "");
  if (path === "") {
    throw new InvalidArgument("invalid specification: destination can't be '/'");
  }
  return path;
}

/**
 * The mounts a request asks for, each target once: explicit ones first, then `--tmpfs`, then the image's volumes. What is
 * wrong with one is found when it is its turn: volumes of those before it have been made then, as with dockerd.
 */
export function* requestedMounts(
  config: ProcessConfig,
  host: HostOptions,
  inherited: readonly ResolvedMount[],
): Generator<MountRequest> {
  const taken = new Set<string>();
  const own = (request: MountRequest, isBind = false): MountRequest => {
    const target = mountTarget(request.target);
    if (taken.has(target)) {
      // as dockerd keeps it: that of `-v` without a slash at its end
      throw new InvalidArgument(`Duplicate mount point: ${isBind ? target : request.target}`);
    }
    taken.add(target);
    return { ...request, target };
  };
  for (const [index, request] of host.mounts.entries()) {
    yield own(request, index < host.binds.length);
  }
  for (const [target, options] of Object.entries(host.tmpfs)) {
    yield own({ type: "tmpfs", source: options, target, readonly: false });
  }
  for (const mount of inherited) {
    taken.add(mount.target);
  }
  const { volumeDriver = "" } = host.shown ?? {};
  const driver = volumeDriver === "" ? {} : { volumeDriver };
  for (const path of config.volumes) {
    // dockerd takes a path that is not absolute, and starts at the root.
    const target = mountTarget(resolve("/", path));
    if (taken.has(target)) continue;
    taken.add(target);
    yield { type: "volume", source: "", target, readonly: false, mode: "", ...driver };
  }
}

const tmpfsFlags =
  /^(?:r[ow]|r?shared|r?slave|r?private|(?:no)?(?:exec|suid|dev|atime|diratime|relatime|strictatime)|a?sync|dirsync|size=\d+[kmg%]?|mode=[0-7]{3,4}|[ug]id=\d+|nr_(?:inodes|blocks)=\d+[kmg]?|mpol=[\w:=-]+)$/i;

const opposites: Record<string, string> = { ro: "rw", rw: "ro", sync: "async", async: "sync" };

const quoted = (text: string) => JSON.stringify(text);

/** What is wrong with a tmpfs mount at the start. @throws InvalidArgument for an option that tmpfs(5) does not have */
export function checkTmpfsOptions(options: readonly string[]): void {
  for (const option of options) {
    if (!tmpfsFlags.test(option)) {
      throw new InvalidArgument(`invalid tmpfs option [${option.split("=").map(quoted).join(" ")}]`);
    }
  }
}

/** Options of a tmpfs mount, Docker's defaults first; of two that exclude each other the later one counts. @throws InvalidArgument for one of `--mount` that is none */
export function tmpfsOptions(request: MountRequest): string[] {
  const options = ["noexec", "nosuid", "nodev"];
  checkTmpfsOptions(request.tmpfsFlags ?? []);
  if (request.tmpfsSize !== undefined && request.tmpfsSize < 0) {
    checkTmpfsOptions([`size=${request.tmpfsSize}`]);
  }
  const given = request.source === "" ? [] : request.source.split(",");
  for (const option of [...given, ...(request.tmpfsFlags ?? [])]) {
    const opposite = opposites[option] ?? (option.startsWith("no") ? option.slice(2) : `no${option}`);
    const at = options.indexOf(opposite);
    if (at >= 0) {
      options.splice(at, 1);
    }
    // `exec`, `suid` and `dev` only take the default away.
    if (!["exec", "suid", "dev"].includes(option)) {
      options.push(option);
    }
  }
  if (request.tmpfsSize !== undefined && request.tmpfsSize > 0) {
    options.push(`size=${Math.floor(request.tmpfsSize)}`);
  }
  if (request.tmpfsMode !== undefined && request.tmpfsMode > 0) {
    options.push(`mode=${request.tmpfsMode.toString(8)}`);
  }
  return options;
}
