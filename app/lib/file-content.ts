/** How the bytes of a file can be shown. */
export type Look = "text" | "image" | "hex";

const imageTypes: Record<string, string> = {
  avif: "image/avif",
  bmp: "image/bmp",
  gif: "image/gif",
  ico: "image/x-icon",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  png: "image/png",
  svg: "image/svg+xml",
  webp: "image/webp",
};

/** By its name; undefined: no picture. */
export function imageType(path: string): string | undefined {
  const ending = /\.([a-z]+)$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  return Object.hasOwn(imageTypes, ending) ? imageTypes[ending] : undefined;
}

/** The text, if the bytes are UTF-8 without control characters. @param cut the last character may be in part */
export function textOf(bytes: Uint8Array, { cut = false }: { cut?: boolean } = {}): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes, { stream: cut });
    // eslint-disable-next-line no-control-regex
    return /[\u0000-\u0008\u000E-\u001A\u001C-\u001F]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** What fits the file, the best first. A cut picture is none. */
export function looksOf(path: string, bytes: Uint8Array, size: number): Look[] {
  const looks: Look[] = [];
  if (imageType(path) !== undefined && bytes.length === size && size > 0) looks.push("image");
  if (textOf(bytes, { cut: bytes.length < size }) !== undefined) looks.push("text");
  return [...looks, "hex"];
}

/** As hexdump -C: offset, sixteen bytes in two groups, and those that are ASCII letters. */
export function hexLine(bytes: Uint8Array, line: number): string {
  const row = bytes.subarray(line * 16, line * 16 + 16);
  const digits = Array.from(row, (byte) => byte.toString(16).padStart(2, "0"));
  const [left, right] = [digits.slice(0, 8), digits.slice(8)].map((group) => group.join(" ").padEnd(23));
  const letters = Array.from(row, (byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : ".")).join("");
  return `${(line * 16).toString(16).padStart(8, "0")}  ${left}  ${right}  |${letters}|`;
}
