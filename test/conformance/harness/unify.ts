const placeholder = /<(id|ip|name)\d+( short)?>/g;

/**
 * Which of dockerd's placeholders is which of ours. Both were numbered by first appearance, each in its own answers: what
 * only one of them shows moves the numbers of all that follow. So they are matched up where they first stand at the same
 * place, and must go on standing for the same thing. One for a whole session.
 */
export class Unifier {
  readonly #ours = new Map<string, string>();
  readonly #theirs = new Map<string, string>();

  /** Whether the texts are the same but for the names of placeholders; if they are, remembers which are the same. */
  same(dockerd: string, ours: string): boolean {
    if (skeleton(dockerd) !== skeleton(ours)) return false;
    const [theirs, own] = [names(dockerd), names(ours)];
    const pairs = theirs.map((name, index) => [name, own[index] ?? ""] as const);
    const agrees = ([a, b]: readonly [string, string]) =>
      (this.#ours.get(a) ?? b) === b && (this.#theirs.get(b) ?? a) === a;
    if (!pairs.every(agrees)) return false;
    for (const [a, b] of pairs) {
      this.#ours.set(a, b);
      this.#theirs.set(b, a);
    }
    return true;
  }
}

/** The text with placeholders of one kind looking alike. */
export function skeleton(text: string): string {
  return text.replaceAll(placeholder, "<$1$2>");
}

function names(text: string): string[] {
  return [...text.matchAll(placeholder)].map(([name]) => name.replace(" short", ""));
}
