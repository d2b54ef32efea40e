/** What `--chmod` makes of a mode. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

/** `u=rwX`, `go=u-w`: whose bits, and what is done with them one after the other. */
const clause = /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/;
const classes: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o0007, a: 0o6777 };
const shifts: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const sticky = 0o1000;

interface Action {
  /** 0: nobody is named */
  who: number;
  operator: string;
  permissions: string;
}

/** `755`, `0644`: up to 7777; undefined for anything else. */
export function parseOctalMode(text: string): number | undefined {
  const mode = /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : Number.NaN;
  return mode <= 0o7777 ? mode : undefined;
}

/** An octal mode (`755`, `0644`) or symbolic clauses (`u=rwX,go=rX`), as chmod(1) has them; undefined if it is neither. */
export function parseModeChange(text: string): ModeChange | undefined {
  const mode = parseOctalMode(text);
  if (mode !== undefined) {
    return () => mode;
  }
  const actions: Action[] = [];
  for (const part of text.split(",")) {
    const match = clause.exec(part);
    if (match === null) {
      return undefined;
    }
    const who = Array.from(match[1] ?? "").reduce((bits, name) => bits | (classes[name] ?? 0), 0);
    for (const [, operator = "", permissions = ""] of (match[2] ?? "").matchAll(/([-+=])([rwxXstugo]*)/g)) {
      actions.push({ who, operator, permissions });
    }
  }
  return (before, isDirectory) => {
    const runs = isDirectory || (before & 0o111) !== 0;
    return actions.reduce((now, action) => applied(now, action, runs), before);
  };
}

/** @param runs what X asks for: a directory, or somebody may run it as it was */
function applied(mode: number, { who: named, operator, permissions }: Action, runs: boolean): number {
  let result = mode;
  // the sticky bit where nobody is named is all that is changed, as with BuildKit
  const who = named === 0 && permissions.includes("t") ? sticky : named;
  for (const from of permissions.match(/[ugo]/g) ?? []) {
    result = copied(result, who, operator, (result >> (shifts[from] ?? 0)) & 0o7);
  }
  const isCopy = /[ugo]/.test(permissions);
  // set-id and sticky bits are no matter of the others' alone
  const special = who === 0 || (who & ~0o7) !== 0;
  const asked =
    (permissions.includes("r") ? 0o444 : 0) |
    (permissions.includes("w") ? 0o222 : 0) |
    (permissions.includes("x") || (permissions.includes("X") && (runs || operator === "-")) ? 0o111 : 0) |
    (permissions.includes("s") && special ? 0o6000 : 0) |
    (permissions.includes("t") && special ? sticky : 0);
  const bits = asked & (who === 0 ? 0o7777 : who | sticky);
  if (operator === "-") {
    return result & ~bits;
  }
  if (operator === "=" && !isCopy) {
    result &= ~((who === 0 ? 0o6777 : who) | (bits & sticky));
  }
  return result | bits;
}

/** Gives classes another's permissions, or takes them away. */
function copied(mode: number, who: number, operator: string, value: number): number {
  let result = mode;
  for (const [name, shift] of Object.entries(shifts)) {
    if (who !== 0 && (who & (classes[name] ?? 0) & 0o777) === 0) {
      continue;
    }
    if (operator === "=") result &= ~(0o7 << shift);
    result = operator === "-" ? result & ~(value << shift) : result | (value << shift);
  }
  return result;
}
