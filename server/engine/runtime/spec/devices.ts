import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgument, Unknown } from "../../errdefs/errors.ts";
import type { RuntimeResources } from "../runtime-spec.ts";

/** A device node of the host, by Docker's `--device`. */
export interface SpecDevice {
  path: string;
  type: "c" | "b";
  major: number;
  minor: number;
  fileMode?: number;
  /** of `rwm` */
  access: string;
}

export type DeviceRule = NonNullable<RuntimeResources["devices"]>[number];

/** The kernel's encoding of st_rdev (makedev(3)). */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  return { major: (rdev >>> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >>> 12) & 0xfff00) };
}

/**
 * `--device`: a device node, or every one beneath a directory. Only the operator's policy lets one get here.
 * @throws Unknown in dockerd's words
 */
export function devicesOf(asked: {
  pathOnHost: string;
  pathInContainer: string;
  cgroupPermissions: string;
}): SpecDevice[] {
  const { pathOnHost: source, cgroupPermissions } = asked;
  const target = asked.pathInContainer === "" ? source : asked.pathInContainer;
  const access = cgroupPermissions === "" ? "rwm" : cgroupPermissions;
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat?.isDirectory() === true) {
    const all = readdirSync(source, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isCharacterDevice() || entry.isBlockDevice())
      .flatMap((entry) => {
        const path = join(entry.parentPath, entry.name);
        const found = deviceAt(path, `${target}${path.slice(source.length)}`, access);
        return found === undefined ? [] : [found];
      });
    if (all.length > 0) return all;
  }
  const device = deviceAt(source, target, access);
  if (device === undefined) {
    const why = stat === undefined ? "no such file or directory" : "not a device node";
    throw new Unknown(`error gathering device information while adding custom device "${source}": ${why}`);
  }
  return [device];
}

function deviceAt(source: string, path: string, access: string): SpecDevice | undefined {
  const stat = statSync(source, { throwIfNoEntry: false });
  if (stat === undefined || !(stat.isCharacterDevice() || stat.isBlockDevice())) {
    return undefined;
  }
  return {
    path,
    type: stat.isBlockDevice() ? "b" : "c",
    ...deviceNumbers(stat.rdev),
    fileMode: stat.mode & 0o777,
    access,
  };
}

/** `--device-cgroup-rule`: `c 1:3 rwm`, with `*` for any number. @throws InvalidArgument in dockerd's words */
export function deviceRule(text: string): DeviceRule {
  const match = /^([acb]) ([0-9]+|\*):([0-9]+|\*) ([rwm]{1,3})$/.exec(text);
  if (match === null) {
    throw new InvalidArgument(`invalid device cgroup rule format: '${text}'`);
  }
  const [, type = "a", major = "*", minor = "*", access = "rwm"] = match;
  return {
    allow: true,
    type,
    ...(major === "*" ? {} : { major: Number(major) }),
    ...(minor === "*" ? {} : { minor: Number(minor) }),
    access,
  };
}
