import { hexRow } from "../../lib/hex-row.ts";

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

/** The text, if the bytes are UTF-8 without NUL; the last character may be cut. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** What fits the file, the best first. A cut picture is none. */
export function looksOf(path: string, bytes: Uint8Array, size: number): Look[] {
  const looks: Look[] = [];
  if (imageType(path) !== undefined && bytes.length === size && size > 0) looks.push("image");
  if (textOf(bytes) !== undefined) looks.push("text");
  return [...looks, "hex"];
}

/** As hexdump -C: offset, sixteen bytes, and those that are ASCII letters. */
export function hexLine(bytes: Uint8Array, line: number): string {
  const { columns, letters } = hexRow(bytes, line);
  return `${columns}  |${letters}|`;
}
