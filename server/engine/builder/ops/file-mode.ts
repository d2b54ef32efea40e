/** What `--chmod` makes of a mode. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const clause = /^([ugoa]*)([-+=])([rwxXst]*|[ugo])$/;
const shifts: Record<string, number> = { u: 6, g: 3, o: 0 };

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
  const clauses = text.split(",").map((part) => clause.exec(part));
  if (clauses.some((match) => match === null)) {
    return undefined;
  }
  return (mode, isDirectory) => {
    let result = mode;
    for (const match of clauses) {
      result = applyClause(result, match?.[1] ?? "", match?.[2] ?? "", match?.[3] ?? "", isDirectory);
    }
    return result;
  };
}

function applyClause(mode: number, who: string, operator: string, permissions: string, isDirectory: boolean): number {
  const classes = who === "" || who.includes("a") ? ["u", "g", "o"] : [...new Set(who)];
  let result = mode;
  for (const name of classes) {
    const shift = shifts[name] ?? 0;
    const bits = bitsOf(mode, permissions, isDirectory) << shift;
    const special = specialBits(name, permissions);
    if (operator === "=") {
      result = (result & ~(0o7 << shift)) | bits | special;
    } else if (operator === "+") {
      result |= bits | special;
    } else {
      result &= ~(bits | special);
    }
  }
  return result;
}

function bitsOf(mode: number, permissions: string, isDirectory: boolean): number {
  if (/^[ugo]$/.test(permissions)) {
    return (mode >> (shifts[permissions] ?? 0)) & 0o7;
  }
  const execute = permissions.includes("x") || (permissions.includes("X") && (isDirectory || (mode & 0o111) !== 0));
  return (permissions.includes("r") ? 4 : 0) | (permissions.includes("w") ? 2 : 0) | (execute ? 1 : 0);
}

function specialBits(who: string, permissions: string): number {
  const setId = permissions.includes("s") ? (who === "u" ? 0o4000 : who === "g" ? 0o2000 : 0) : 0;
  return setId | (permissions.includes("t") && who === "o" ? 0o1000 : 0);
}
