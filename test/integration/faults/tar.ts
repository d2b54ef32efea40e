/** An entry of an archive that no honest program would write. */
export interface Entry {
  name: string;
  /** tar's type flag: "0" file (default), "1" hard link, "2" symbolic link, "3" character device, "5" directory */
  type?: string;
  content?: Buffer | string;
  link?: string;
  device?: [number, number];
  /** what the header claims, when it lies */
  size?: number;
  /** seconds since 1970 */
  mtime?: number;
}

/** An archive (ustar) of these entries, unchecked. */
export function tar(entries: readonly Entry[]): Buffer {
  return Buffer.concat([...entries.map(encode), Buffer.alloc(1_024)]);
}

function encode({ name, type = "0", content = "", link = "", device = [0, 0], size, mtime = 0 }: Entry): Buffer {
  const data = Buffer.from(content);
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000755\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${(size ?? data.length).toString(8).padStart(11, "0")}\0`, 124);
  header.write(`${mtime.toString(8).padStart(11, "0")}\0`, 136);
  header.write("        ", 148);
  header.write(type, 156);
  header.write(link, 157, 100);
  header.write("ustar\x0000", 257, "latin1");
  header.write(`${device[0].toString(8).padStart(7, "0")}\0`, 329);
  header.write(`${device[1].toString(8).padStart(7, "0")}\0`, 337);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, data, Buffer.alloc((512 - (data.length % 512)) % 512)]);
}
