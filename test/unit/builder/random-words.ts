/** A number from 0 up to, not including, `below`. */
export type Random = (below: number) => number;

/** Always the same numbers for one seed (mulberry32). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below);
  };
}

/** A word as it is written, and what it stands for: the model builds the value beside the text, and never reads it. */
export interface MadeWord {
  written: string;
  value: string;
}

const letters = ["a", "b", "Ulm", "-", ".", "=", "ü", "🙂", ","];

/** @param depth how deep words may nest in `${v:-word}` */
export function randomWord(random: Random, variables: ReadonlyMap<string, string>, depth: number): MadeWord {
  const parts = Array.from({ length: 1 + random(4) }, () => randomPart(random, variables, depth));
  return { written: parts.map((part) => part.written).join(""), value: parts.map((part) => part.value).join("") };
}

function randomPart(random: Random, variables: ReadonlyMap<string, string>, depth: number): MadeWord {
  const names = [...variables.keys(), "missing"];
  const name = names[random(names.length)] ?? "missing";
  const held = variables.get(name);
  const letter = letters[random(letters.length)] ?? "a";
  const kinds: (() => MadeWord)[] = [
    () => ({ written: letter, value: letter }),
    () => ({ written: `'$${letter}"\\'`, value: `$${letter}"\\` }),
    () => ({ written: `\\${letter}`, value: letter }),
    () => ({ written: '\\$\\"', value: '$"' }),
    () => ({ written: `\${${name}}`, value: held ?? "" }),
    () => ({ written: `"\${${name}} '${letter}' \\" \\n"`, value: `${held ?? ""} '${letter}' " \\n` }),
    () => trimmed(name, held ?? "", random),
    () => replaced(name, held ?? "", random),
  ];
  if (depth > 0) {
    const word = randomWord(random, variables, depth - 1);
    kinds.push(
      () => ({ written: `\${${name}:-${word.written}}`, value: (held ?? "") === "" ? word.value : (held ?? "") }),
      () => ({ written: `\${${name}-${word.written}}`, value: held ?? word.value }),
      () => ({ written: `\${${name}:+${word.written}}`, value: (held ?? "") === "" ? "" : word.value }),
      () => ({ written: `\${${name}+${word.written}}`, value: held === undefined ? "" : word.value }),
      () => ({ written: `"\${${name}:-${word.written}}"`, value: (held ?? "") === "" ? word.value : (held ?? "") }),
    );
  }
  return (kinds[random(kinds.length)] ?? kinds[0])?.() ?? { written: "", value: "" };
}

/** Patterns of plain characters, `*` and `?`, tried at every length. */
function trimmed(name: string, held: string, random: Random): MadeWord {
  const pattern = Array.from({ length: 1 + random(3) }, () => ["*", "?", "a", ".", "/", "b"][random(6)] ?? "a").join(
    "",
  );
  const front = random(2) === 0;
  const greedy = random(2) === 0;
  const symbol = (front ? "#" : "%").repeat(greedy ? 2 : 1);
  const chars = Array.from(held);
  const lengths = Array.from({ length: chars.length + 1 }, (_, length) => length);
  const fits = lengths.filter((length) => {
    return matches(pattern, front ? chars.slice(0, length) : chars.slice(chars.length - length));
  });
  const cut = (greedy ? fits.at(-1) : fits[0]) ?? 0;
  const rest = front ? chars.slice(cut) : chars.slice(0, chars.length - cut);
  return { written: `\${${name}${symbol}${pattern}}`, value: rest.join("") };
}

function matches(pattern: string, chars: readonly string[]): boolean {
  const [first] = pattern;
  const rest = pattern.slice(1);
  if (first === undefined) {
    return chars.length === 0;
  }
  const [char, ...more] = chars;
  if (first === "*") {
    return matches(rest, chars) || (char !== undefined && char !== "\n" && matches(pattern, more));
  }
  return char !== undefined && (first === "?" ? char !== "\n" : first === char) && matches(rest, more);
}

function replaced(name: string, held: string, random: Random): MadeWord {
  const pattern = ["a", "b", "l", "."][random(4)] ?? "a";
  const all = random(2) === 0;
  const value = all ? held.replaceAll(pattern, "X") : held.replace(pattern, "X");
  return { written: `\${${name}/${all ? "/" : ""}${pattern}/X}`, value };
}
