import { difference } from "../editor/replace-text.ts";
import { hexLine, imageType, textOf } from "../../lib/file-content.ts";

/** How a file's bytes are shown. */
export type ShownFile =
  | { kind: "text"; text: string }
  | { kind: "image"; type: string }
  | { kind: "hex"; bytes: Uint8Array<ArrayBuffer>; whole: boolean };

/** Of what is no text the beginning is shown. */
export const hexBytes = 64 * 1024;

/** Pictures go by their names, but for SVG: that is text, which can be edited. */
export function classify(name: string, bytes: Uint8Array<ArrayBuffer>): ShownFile {
  const type = imageType(name);
  if (type !== undefined && type !== "image/svg+xml" && bytes.length > 0) return { kind: "image", type };
  const text = textOf(bytes);
  if (text !== undefined) return { kind: "text", text };
  return { kind: "hex", bytes: bytes.slice(0, hexBytes), whole: bytes.length <= hexBytes };
}

/**
 * A text as a textarea gives it back, with all lines ended alike, as the file would have it: what was not edited stays as it
 * was, and new lines end as the file's first one does.
 */
export function editedText(original: string, edited: string): string {
  const endings = original.match(/\r\n?|\n/g) ?? [];
  if (endings.every((ending) => ending === "\n")) return edited;
  const { start, removed, added } = difference(original.replaceAll(/\r\n?/g, "\n"), edited);
  const from = placeIn(original, start);
  const kept = placeIn(original, start + removed);
  return original.slice(0, from) + added.replaceAll("\n", endings[0] ?? "\n") + original.slice(kept);
}

/** Where a character of the text is, counted with each end of a line as one. */
function placeIn(text: string, place: number): number {
  let at = 0;
  for (let counted = 0; counted < place; counted++) at += text.startsWith("\r\n", at) ? 2 : 1;
  return at;
}

export function hexLines(bytes: Uint8Array): string[] {
  return Array.from({ length: Math.ceil(bytes.length / 16) }, (_, index) => hexLine(bytes, index));
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
