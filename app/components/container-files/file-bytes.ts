import { hexRow } from "../../lib/hex-row.ts";

/** How a file's bytes are shown. */
export type ShownFile =
  | { kind: "text"; text: string }
  | { kind: "image"; type: string }
  | { kind: "hex"; bytes: Uint8Array<ArrayBuffer>; whole: boolean };

/** Of what is no text the beginning is shown. */
const hexBytes = 64 * 1024;

const imageTypes: Record<string, string> = {
  png: "image/png",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  ico: "image/x-icon",
};

/** Text is what is UTF-8 without control characters; pictures go by their names (SVG is text: it may hold scripts). */
export function classify(name: string, bytes: Uint8Array<ArrayBuffer>): ShownFile {
  const type = imageTypes[name.split(".").at(-1)?.toLowerCase() ?? ""];
  if (type !== undefined && bytes.length > 0) return { kind: "image", type };
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    // eslint-disable-next-line no-control-regex
    if (!/[\u0000-\u0008\u000E-\u001A\u001C-\u001F]/.test(text)) return { kind: "text", text };
  } catch {
    // Not UTF-8: shown as bytes.
  }
  return { kind: "hex", bytes: bytes.slice(0, hexBytes), whole: bytes.length <= hexBytes };
}

/** Sixteen bytes a line: where, what, and as ASCII. */
export function hexLines(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, index) => {
    const { columns, letters } = hexRow(bytes, index);
    return `${columns}  ${letters}`;
  });
}

/** `rwxr-xr-x`, with `s` and `t` as `ls -l` has them. */
export function modeText(mode: number): string {
  const letters = "rwxrwxrwx".split("").map((letter, index) => ((mode >> (8 - index)) & 1 ? letter : "-"));
  const special = [
    [0o4000, 2, "s"],
    [0o2000, 5, "s"],
    [0o1000, 8, "t"],
  ] as const;
  for (const [bit, index, letter] of special) {
    if ((mode & bit) !== 0) letters[index] = letters[index] === "x" ? letter : letter.toUpperCase();
  }
  return letters.join("");
}

export function joinPath(directory: string, name: string): string {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
