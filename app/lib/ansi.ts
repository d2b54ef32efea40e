/** A piece of a line with the classes of `globals.css`. */
export interface Span {
  text: string;
  className: string;
}

// Colours (SGR) are kept, other control sequences dropped.
// eslint-disable-next-line no-control-regex
const sequence = /\u001B(?:\[([0-9;:?]*)([A-Za-z])|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[()][A-Z0-9]|[A-Z=>])/g;
// With what turns the direction of the text around: a line is to read as it was written.
// eslint-disable-next-line no-control-regex
const control = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;

/** One line of output as spans: what a terminal would show after its last carriage return. */
export function parseAnsi(line: string): Span[] {
  const shown = afterReturn(line);
  const spans: Span[] = [];
  let className = "";
  let last = 0;
  const add = (text: string): void => {
    const clean = text.replaceAll(control, "");
    if (clean !== "") spans.push({ text: clean, className });
  };
  for (const match of shown.matchAll(sequence)) {
    add(shown.slice(last, match.index));
    last = match.index + match[0].length;
    if (match[2] === "m") className = style(className, match[1] ?? "");
  }
  add(shown.slice(last));
  return spans;
}

/** Progress bars rewrite their line: only the last writing counts. */
function afterReturn(line: string): string {
  const trimmed = line.replace(/\r+$/, "");
  return trimmed.slice(trimmed.lastIndexOf("\r") + 1);
}

function style(before: string, codes: string): string {
  const classes = new Set(before.split(" ").filter((name) => name !== ""));
  const numbers = codes === "" ? [0] : codes.split(/[;:]/).map(Number);
  for (let index = 0; index < numbers.length; index++) {
    const code = numbers[index] ?? 0;
    if (code === 38 || code === 48) {
      // 256 and true colours: skipped with their arguments.
      index += numbers[index + 1] === 5 ? 2 : 4;
    } else if (code === 0) classes.clear();
    else if (code === 1) classes.add("ansi-bold");
    else if (code === 2) classes.add("ansi-dim");
    else if (code === 22) for (const name of ["ansi-bold", "ansi-dim"]) classes.delete(name);
    else if ((code >= 30 && code <= 37) || (code >= 90 && code <= 97) || code === 39) {
      for (const name of classes) if (/^ansi-\d/.test(name)) classes.delete(name);
      if (code !== 39) classes.add(`ansi-${code >= 90 ? code - 60 : code}`);
    }
  }
  return [...classes].join(" ");
}
