import { syntaxError } from "../build-error.ts";
import { expand, ExpansionError } from "./expand.ts";
import type { LogicalLine } from "./logical-line.ts";
import type { SourceFile } from "./source.ts";

/** A here-document of RUN, COPY or ADD (Dockerfile reference, Here-Documents). */
export interface Heredoc {
  name: string;
  /** the word that opened it, as written: `<<-"EOF"` */
  opener: string;
  /** as written: `trimmed` is what a file of it holds */
  content: string;
  /** false when the name is quoted: the content is literal */
  expand: boolean;
  /** `<<-`: leading tabs are dropped */
  chomp: boolean;
  /** number before `<<`, 0 without one */
  fileDescriptor: number;
}

const opener = /^(\d*)<<(-?)\s*([^<]*)$/;
const nothing = { get: (): undefined => undefined };

/** Reads one word as the opening of a here-document; undefined if it is none. */
export function parseHeredocOpener(word: string): Heredoc | undefined {
  const match = opener.exec(word);
  const raw = match?.[3] ?? "";
  if (match === null || raw === "") {
    return undefined;
  }
  const names = wordsOf(raw, false);
  const [name] = names;
  if (name === undefined || names.length !== 1) {
    return undefined;
  }
  // a name that loses quotes when it is read was quoted; an escaped quote stays
  const quotes = (text: string): number => text.split(/['"]/).length;
  return {
    name,
    opener: word,
    content: "",
    expand: quotes(name) === quotes(wordsOf(raw, true)[0] ?? ""),
    chomp: match[2] === "-",
    fileDescriptor: match[1] === "" ? 0 : Number(match[1]),
  };
}

/** The words of an instruction that open here-documents. The escape is always the backslash here. */
export function findHeredocs(text: string): Heredoc[] {
  if (!text.includes("<<")) {
    return [];
  }
  return wordsOf(text, true, true)
    .map(parseHeredocOpener)
    .filter((found) => found !== undefined);
}

/** None if a quote is open: then the shell has to say what is wrong. */
function wordsOf(text: string, keepQuotes: boolean, keepEscapes = false): string[] {
  try {
    return expand(text, nothing, { keepQuotes, keepEscapes, keepUnset: true }).words;
  } catch (error) {
    if (error instanceof ExpansionError) {
      return [];
    }
    throw error;
  }
}

/** What a file made of it holds: without the leading tabs of `<<-`. */
export function heredocContent(heredoc: Heredoc): string {
  return heredoc.chomp ? heredoc.content.replaceAll(/^\t+/gm, "") : heredoc.content;
}

/**
 * Reads the contents of `heredocs` from the physical lines after `line`, whose end moves along.
 * @throws BuildError when a terminator is missing
 */
export function readHeredocs(source: SourceFile, line: LogicalLine, heredocs: Heredoc[]): void {
  for (const heredoc of heredocs) {
    let next = line.endLine;
    let closed = false;
    let content = "";
    while (next < source.lines.length && !closed) {
      const text = source.lines[next] ?? "";
      closed = (heredoc.chomp ? text.replace(/^\t+/, "") : text) === heredoc.name;
      content += closed ? "" : text + (source.ends[next] ?? "");
      next++;
    }
    if (!closed) {
      throw unterminated(source, line, heredoc);
    }
    heredoc.content = content;
    line.endLine = next;
  }
}

function unterminated(source: SourceFile, line: LogicalLine, heredoc: Heredoc): Error {
  const near = source.lines.findIndex((text, index) => index >= line.endLine && text.trim() === heredoc.name);
  const hint =
    near < 0
      ? `end it with a line that holds only ${heredoc.name}`
      : `line ${near + 1} ends it only without ${heredoc.chomp ? "spaces" : "white space"} around ${heredoc.name}` +
        (heredoc.chomp ? "" : "; <<- allows tabs before it");
  return syntaxError(`unterminated heredoc ${heredoc.opener}`, source, line.range(0, line.text.length), { hint });
}
