import { syntaxError } from "../build-error.ts";
import type { LogicalLine } from "./logical-line.ts";
import type { SourceFile } from "./source.ts";

/** A here-document of RUN, COPY or ADD (Dockerfile reference, Here-Documents). */
export interface Heredoc {
  name: string;
  /** the word that opened it, as written: `<<-"EOF"` */
  opener: string;
  content: string;
  /** false when the name is quoted: the content is literal */
  expand: boolean;
  /** `<<-`: leading tabs are dropped */
  chomp: boolean;
  /** number before `<<`, 0 without one */
  fileDescriptor: number;
}

const opener = /^(\d*)<<(-?)([^<]*)$/;

/** Reads one word as the opening of a here-document; undefined if it is none. */
export function parseHeredocOpener(word: string): Heredoc | undefined {
  const match = opener.exec(word);
  const raw = match?.[3] ?? "";
  if (match === null || raw === "") {
    return undefined;
  }
  const name = raw.replaceAll(/["'\\]/g, "");
  if (name === "" || /\s/.test(name)) {
    return undefined;
  }
  return {
    name,
    opener: word,
    content: "",
    expand: name === raw,
    chomp: match[2] === "-",
    fileDescriptor: match[1] === "" ? 0 : Number(match[1]),
  };
}

/** The words of a command line that open here-documents; quotes keep their content together. */
export function findHeredocs(text: string): Heredoc[] {
  const words = text.match(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/g) ?? [];
  return words.map(parseHeredocOpener).filter((found) => found !== undefined);
}

/**
 * Reads the contents of `heredocs` from the physical lines after `line`, whose end moves along.
 * @throws BuildError when a terminator is missing
 */
export function readHeredocs(source: SourceFile, line: LogicalLine, heredocs: Heredoc[]): void {
  for (const heredoc of heredocs) {
    const content: string[] = [];
    let next = line.endLine;
    let closed = false;
    while (next < source.lines.length && !closed) {
      const raw = source.lines[next] ?? "";
      const text = heredoc.chomp ? raw.replace(/^\t+/, "") : raw;
      next++;
      closed = text === heredoc.name;
      if (!closed) {
        content.push(text);
      }
    }
    if (!closed) {
      throw syntaxError(`unterminated heredoc ${heredoc.opener}`, source, line.range(0, line.text.length), {
        hint: `end it with a line that holds only ${heredoc.name}, without spaces before or after`,
      });
    }
    heredoc.content = content.map((text) => `${text}\n`).join("");
    line.endLine = next;
  }
}
