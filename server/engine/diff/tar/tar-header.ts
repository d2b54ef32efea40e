/** What one tar entry is. `link`: a further name of a file earlier in the archive. */
export type TarEntryType = "file" | "directory" | "symlink" | "link" | "fifo" | "block" | "character";

/**
 * One entry of a tar archive, whatever format its header had (POSIX.1-2017 pax, "ustar Interchange Format" and
 * "pax Extended Header"; GNU tar manual, "Basic Tar Format").
 */
export interface TarHeader {
  /** as in the archive, without a trailing slash; bytes that are not UTF-8 as `decodeName` (mount/libc.ts) puts them */
  name: string;
  type: TarEntryType;
  /** 0 to 0o7777 */
  mode: number;
  uid: number;
  gid: number;
  /** ASCII, at most 31 bytes; for who reads the archive elsewhere */
  userName?: string;
  groupName?: string;
  /** bytes of content as unpacked; 0 for all but files */
  size: number;
  /** ns since the epoch */
  mtimeNs: bigint;
  /** target of a symlink, or name of the entry a link is to; else "" */
  linkName: string;
  deviceMajor: number;
  deviceMinor: number;
  xattrs: ReadonlyMap<string, Buffer>;
}

export const blockSize = 512;

export const typeFlags: Record<TarEntryType, string> = {
  file: "0",
  link: "1",
  symlink: "2",
  character: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

/** Of type flags, those of entries that become files; "7" (contiguous) and NUL (before POSIX) are plain files. */
export const entryTypes: Record<string, TarEntryType> = {
  ...Object.fromEntries(Object.entries(typeFlags).map(([type, flag]) => [flag, type as TarEntryType])),
  "7": "file",
  "\0": "file",
  S: "file",
};

/** Where the fields of a header block are: offset, length. */
export const fields = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkName: [157, 100],
  magic: [257, 8],
  userName: [265, 32],
  groupName: [297, 32],
  deviceMajor: [329, 8],
  deviceMinor: [337, 8],
  prefix: [345, 155],
} as const satisfies Record<string, readonly [number, number]>;

export type Field = keyof typeof fields;

/** Sum of the block's bytes with the checksum field taken as spaces. */
export function checksumOf(block: Buffer): number {
  const [start, length] = fields.checksum;
  let sum = length * 0x20;
  for (let at = 0; at < start; at++) sum += block[at] ?? 0;
  for (let at = start + length; at < blockSize; at++) sum += block[at] ?? 0;
  return sum;
}

/** The device number as the kernel encodes it (makedev(3)). */
export function deviceNumber(major: number, minor: number): bigint {
  const [a, i] = [BigInt(major), BigInt(minor)];
  return ((a & 0xfffff000n) << 32n) | ((a & 0xfffn) << 8n) | ((i & 0xffffff00n) << 12n) | (i & 0xffn);
}

/** The inverse of `deviceNumber`. */
export function deviceParts(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 32n) & 0xfffff000n) | ((device >> 8n) & 0xfffn)),
    minor: Number(((device >> 12n) & 0xffffff00n) | (device & 0xffn)),
  };
}
