import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { InvalidArgument, messageOf, Unknown } from "../errdefs/errors.ts";
import { errno } from "../mount/errno.ts";
import { mount } from "../mount/libc.ts";

/** What mount(2) is given for a volume of the driver `local` with options. */
export interface LocalMount {
  device: string;
  type: string;
  flags: number;
  data: string;
}

const known = new Set(["type", "o", "device", "size"]);

/** What an option cannot be without. */
const needs: Readonly<Record<string, readonly string[]>> = {
  type: ["device"],
  o: ["device", "type"],
  device: ["type"],
};

/** Options that are flags of mount(2), with their opposites (mount(8), FILESYSTEM-INDEPENDENT MOUNT OPTIONS). */
const flags: Readonly<Record<string, { set?: number; clear?: number }>> = {
  async: { clear: 0x10 },
  atime: { clear: 0x400 },
  bind: { set: 0x1000 },
  defaults: {},
  dev: { clear: 0x4 },
  diratime: { clear: 0x800 },
  dirsync: { set: 0x80 },
  exec: { clear: 0x8 },
  mand: { set: 0x40 },
  noatime: { set: 0x400 },
  nodev: { set: 0x4 },
  nodiratime: { set: 0x800 },
  noexec: { set: 0x8 },
  nomand: { clear: 0x40 },
  norelatime: { clear: 0x20_0000 },
  nostrictatime: { clear: 0x100_0000 },
  nosuid: { set: 0x2 },
  private: { set: 0x4_0000 },
  rbind: { set: 0x5000 },
  relatime: { set: 0x20_0000 },
  remount: { set: 0x20 },
  ro: { set: 0x1 },
  rprivate: { set: 0x4_4000 },
  rshared: { set: 0x10_4000 },
  rslave: { set: 0x8_4000 },
  runbindable: { set: 0x2_4000 },
  rw: { clear: 0x1 },
  shared: { set: 0x10_0000 },
  slave: { set: 0x8_0000 },
  strictatime: { set: 0x100_0000 },
  suid: { clear: 0x2 },
  sync: { set: 0x10 },
  unbindable: { set: 0x2_0000 },
};

/** @throws InvalidArgument in dockerd's words (volume/local) */
export function checkLocalOptions(name: string, options: Readonly<Record<string, string>>): void {
  const fail = (what: string, option: string) => {
    throw new InvalidArgument(`create ${name}: ${what} option: ${JSON.stringify(option)}`);
  };
  const unknown = Object.keys(options).find((option) => !known.has(option));
  if (unknown !== undefined) fail("invalid", unknown);
  for (const [option, needed] of Object.entries(needs)) {
    const missing = Object.hasOwn(options, option) ? needed.find((other) => !Object.hasOwn(options, other)) : undefined;
    if (missing !== undefined) fail("missing required", missing);
  }
  const size = options["size"] ?? "";
  if (size !== "") {
    // units.RAMInBytes
    if (!/^\d+(?:\.\d+)? ?[bkmgtp]?(?:i?b)?$/i.test(size)) {
      throw new InvalidArgument(`create ${name}: invalid size: '${size}'`);
    }
    throw new InvalidArgument(`create ${name}: quota size requested but no quota support`);
  }
}

/** Undefined: nothing is mounted, the volume is its directory. */
export function localMount(options: Readonly<Record<string, string>>): LocalMount | undefined {
  const { device = "", type = "", o = "" } = options;
  if (device === "") {
    return undefined;
  }
  let bits = 0;
  const data: string[] = [];
  for (const option of o.split(",").filter((part) => part !== "")) {
    const flag = Object.hasOwn(flags, option) ? flags[option] : undefined;
    if (flag === undefined) {
      data.push(option);
    } else {
      bits = (bits | (flag.set ?? 0)) & ~(flag.clear ?? 0);
    }
  }
  return { device, type, flags: bits, data: data.join(",") };
}

/** MS_BIND | MS_REC */
export const bindMount = 0x5000;

/** @param shown the mount point that messages name. @throws Unknown in dockerd's words */
export async function mountLocal(options: LocalMount, target: string, shown: string): Promise<void> {
  const { device, type, flags: bits } = options;
  const data = await withAddress(options);
  const result = mount(device, target, type, bits, data);
  if (result < 0) {
    const details = [
      ...(bits === 0 ? [] : [`flags: 0x${bits.toString(16)}`]),
      ...(data === "" ? [] : [`data: ${data}`]),
    ].join(", ");
    throw new Unknown(
      `error while mounting volume '${shown}': failed to mount local volume: mount ${device}:${shown}${details === "" ? "" : `, ${details}`}: ${reason(-result)}`,
    );
  }
}

/** The kernel's NFS and CIFS take addresses, not names. @throws Unknown */
async function withAddress({ type, data }: LocalMount): Promise<string> {
  const host = /(?:^|,)addr=([^,]+)/.exec(data)?.[1];
  if (host === undefined || isIP(host) !== 0 || !/^(?:nfs|nfs4|cifs)$/.test(type)) {
    return data;
  }
  try {
    const { address } = await lookup(host);
    return data.replace(`addr=${host}`, `addr=${address}`);
  } catch (cause) {
    throw new Unknown(`error resolving passed in network volume address: ${messageOf(cause)}`, { cause });
  }
}

/** In Go's words, which dockerd passes on. */
function reason(code: number): string {
  switch (code) {
    case errno.ENOENT:
      return "no such file or directory";
    case errno.ENODEV:
      return "no such device";
    case errno.EINVAL:
      return "invalid argument";
    case errno.EPERM:
      return "operation not permitted";
    case errno.EACCES:
      return "permission denied";
    case errno.ENOTDIR:
      return "not a directory";
    case errno.EBUSY:
      return "device or resource busy";
    default:
      return `errno ${code}`;
  }
}
