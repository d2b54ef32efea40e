import { isMap as isMapNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import { messages } from "../../lib/messages.ts";

const words = messages.running.compose.problems;

export interface ComposeProblem {
  message: string;
  /** from 1 */
  line?: number | undefined;
}

/** By name: a map of the file. */
export type Names = Readonly<Record<string, unknown>>;

/** A text in YAML with the lines that its values are on. */
export class WrittenYaml {
  /** what it says; undefined where it says nothing that can be used */
  readonly value: unknown;
  readonly mistakes: ComposeProblem[];
  readonly #document: Document;
  readonly #lines = new LineCounter();

  constructor(text: string) {
    this.#document = parseDocument(text, { lineCounter: this.#lines, merge: true, prettyErrors: false });
    this.mistakes = this.#document.errors.map(({ message, pos: [offset] }) => ({
      message: words.syntax({ what: message }),
      line: this.#lines.linePos(offset).line,
    }));
    try {
      this.value = this.#document.toJS({ maxAliasCount: 50 }) as unknown;
    } catch (error) {
      // An alias of what is not there, or of more than anybody would write.
      const what = error instanceof Error ? error.message : String(error);
      if (this.mistakes.length === 0) this.mistakes.push({ message: words.syntax({ what }) });
    }
  }

  /** The line on which what `path` leads to begins, or of what is nearest to it of what leads there. */
  lineOf(...path: readonly (string | number)[]): number | undefined {
    let node: unknown = this.#document.contents;
    let offset: number | undefined;
    for (const step of path) {
      const next = stepInto(node, step);
      if (next === undefined) break;
      offset = next.at?.range?.[0] ?? offset;
      node = next.value;
    }
    return offset === undefined ? undefined : this.#lines.linePos(offset).line;
  }
}

function stepInto(node: unknown, step: string | number): { at: Node | undefined; value: unknown } | undefined {
  if (isSeq<Node>(node)) {
    const item = node.items[Number(step)];
    return item && { at: item, value: item };
  }
  const pair = isMapNode(node)
    ? node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    : undefined;
  return pair && { at: pair.key as Node, value: pair.value };
}

export function isMap(value: unknown): value is Names {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean";
}

export const asMap = (value: unknown): Names => (isMap(value) ? value : {});
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const textOf = (value: unknown): string => (isPlain(value) ? String(value) : "");

/** `[a, b]`, or `a:` and `b:` with more about each. */
export function namesIn(value: unknown): string[] {
  return isMap(value) ? Object.keys(value) : asList(value).filter(isPlain).map(textOf);
}
