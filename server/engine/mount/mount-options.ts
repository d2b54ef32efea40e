/** Mount flags by their names in mount(8); the second is set for names that clear a flag. */
const flags: Record<string, [flag: number, clear?: true]> = {
  ro: [1],
  rw: [1, true],
  nosuid: [2],
  suid: [2, true],
  nodev: [4],
  dev: [4, true],
  noexec: [8],
  exec: [8, true],
  sync: [16],
  remount: [32],
  dirsync: [128],
  noatime: [1024],
  nodiratime: [2048],
  bind: [4096],
  rbind: [4096 | 16384],
  relatime: [1 << 21],
  strictatime: [1 << 24],
};

export const MS_RDONLY = 1;
export const MS_REMOUNT = 32;
export const MS_BIND = 4096;
export const MS_REC = 16384;

/** Options as in mount(8), split into mount(2)'s flags and the file system's own data. */
export function parseOptions(options: readonly string[]): { flags: number; data: string[] } {
  let bits = 0;
  const data: string[] = [];
  for (const option of options) {
    const known = flags[option];
    if (known === undefined) {
      data.push(option);
    } else {
      bits = known[1] === true ? bits & ~known[0] : bits | known[0];
    }
  }
  return { flags: bits, data };
}

/** A path inside an overlay option: `:` and `,` separate, `\` escapes. */
export function escapeOverlayPath(path: string): string {
  return path.replace(/[\\:,]/g, String.raw`\$&`);
}
