import type { SafeRoot } from "../mount/safe-path.ts";
import { InvalidArgument } from "../errdefs/errors.ts";
import { parseGlob } from "./glob.ts";
import type { Wildcard } from "./wildcard.ts";

interface Pattern {
  /** cleaned, without `!` */
  text: string;
  wildcard: Wildcard;
  /** `!pattern`: takes files back in */
  negated: boolean;
}

/** Of directories: so many, with one byte for each pattern. */
const remembered = { directories: 100_000, bytes: 10_000_000 };
/** More patterns, or more `*` in one, are no rules but an attack on whoever has to follow them. */
const maxPatterns = 5000;
const maxWildcards = 100;

/**
 * Which files of a context a build does not see (Dockerfile reference, .dockerignore file): patterns in order, the last
 * that matches a path or one of its parents decides; `!` takes back in.
 */
export class IgnoreRules {
  readonly #patterns: Pattern[];
  readonly #negations: Pattern[];
  readonly #directories = new Map<string, Uint8Array>();

  /** @throws InvalidArgument naming a pattern that is none */
  constructor(lines: readonly string[]) {
    if (lines.length > maxPatterns) {
      throw new InvalidArgument(`.dockerignore has ${lines.length} lines: at most ${maxPatterns} are allowed`);
    }
    this.#patterns = lines.map(parsePattern).filter((pattern) => pattern !== undefined);
    this.#negations = this.#patterns.filter((pattern) => pattern.negated);
  }

  /** Comments, blank lines, surrounding space, a byte order mark and CRLF are handled as Docker does. */
  static parse(text: string): IgnoreRules {
    return new IgnoreRules(
      text
        .replace(/^\uFEFF/, "")
        .split(/\r?\n/)
        .filter((line) => !line.startsWith("#")),
    );
  }

  /** Some pattern begins with `!`. */
  get takesBackIn(): boolean {
    return this.#negations.length > 0;
  }

  /** A pattern leaves out everything at the top. */
  get ignoresAll(): boolean {
    return this.#patterns.some(({ text, negated }) => !negated && ["*", "**", "**/*"].includes(text));
  }

  get empty(): boolean {
    return this.#patterns.length === 0;
  }

  /** @param path relative to the context, `/` between names */
  ignores(path: string): boolean {
    if (this.#patterns.length === 0) {
      return false;
    }
    const matched = this.#matched(path, false);
    let ignored = false;
    for (const [index, { negated }] of this.#patterns.entries()) {
      if (negated === ignored && matched[index] === 1) {
        ignored = !negated;
      }
    }
    return ignored;
  }

  /** By pattern, 1 if it matches the path or one of its parents; remembered for directories. */
  #matched(path: string, directory: boolean): Uint8Array {
    const known = this.#directories.get(path);
    if (known !== undefined) {
      return known;
    }
    const slash = path.lastIndexOf("/");
    const parent = slash < 0 ? undefined : this.#matched(path.slice(0, slash), true);
    const matched = new Uint8Array(this.#patterns.length);
    for (const [index, { wildcard }] of this.#patterns.entries()) {
      if (parent?.[index] === 1 || wildcard.matches(path)) matched[index] = 1;
    }
    if (directory) {
      this.#makeRoom(path);
      this.#directories.set(path, matched);
    }
    return matched;
  }

  /** Files are asked about directory by directory: what is above the next one is kept. */
  #makeRoom(path: string): void {
    const { directories, bytes } = remembered;
    if (this.#directories.size < Math.min(directories, bytes / this.#patterns.length)) return;
    for (const other of this.#directories.keys()) {
      if (!path.startsWith(`${other}/`)) this.#directories.delete(other);
    }
  }

  /** Whether something below an ignored directory may be taken back in, so that it must be walked. */
  mayKeepBelow(directory: string): boolean {
    return this.#negations.some(({ text }) => /[*?[\\]/.test(text) || text.startsWith(`${directory}/`));
  }
}

function parsePattern(line: string): Pattern | undefined {
  let text = line.trim();
  const negated = text.startsWith("!");
  if (negated) {
    text = text.slice(1).trim();
  }
  const cleaned = clean(text);
  if (cleaned === "") {
    if (negated && (text === "" || text.startsWith("/"))) {
      throw new InvalidArgument(
        `.dockerignore: illegal exclusion pattern "${line.trim()}": name what to keep after the !`,
      );
    }
    return undefined;
  }
  if (cleaned.split("*").length - 1 > maxWildcards) {
    throw new InvalidArgument(`.dockerignore: a pattern has more than ${maxWildcards} wildcards`);
  }
  try {
    return { text: cleaned, negated, wildcard: parseGlob(cleaned, { doubleStar: true }) };
  } catch (error) {
    throw new InvalidArgument(`.dockerignore: "${line.trim()}" is no valid pattern`, { cause: error });
  }
}

/** Go's filepath.Clean on a path taken relative to the context: `/a/./b/` is `a/b`; `../a` stays and matches nothing. */
function clean(text: string): string {
  const names: string[] = [];
  for (const name of text.split("/")) {
    if (name === ".." && names.length > 0 && names.at(-1) !== "..") {
      names.pop();
    } else if (name !== "" && name !== "." && !(name === ".." && text.startsWith("/"))) {
      names.push(name);
    }
  }
  return names.join("/");
}

/** Those of the first of these files that is there: `<Dockerfile>.dockerignore` wins over `.dockerignore`. */
export function readIgnoreRules(root: SafeRoot, names: readonly string[]): IgnoreRules | undefined {
  const name = names.find((candidate) => root.exists(candidate));
  return name === undefined ? undefined : IgnoreRules.parse(root.readFile(name).toString("utf8"));
}
