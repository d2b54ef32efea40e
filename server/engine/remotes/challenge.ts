/** One challenge of a WWW-Authenticate header (RFC 9110 11.6.1). Scheme and parameter names in lower case. */
export interface Challenge {
  scheme: string;
  parameters: Record<string, string>;
}

const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const quoted = /"((?:[^"\\]|\\.)*)"/y;
const separator = /[\s,]*/y;

/** Reads all challenges; what cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) {
      at = pattern.lastIndex;
    }
    return match;
  };
  for (;;) {
    take(separator);
    const word = take(token)?.[0].toLowerCase();
    if (word === undefined) {
      return challenges;
    }
    if (header[at] !== "=") {
      challenges.push({ scheme: word, parameters: {} });
      continue;
    }
    at++;
    const value = take(quoted)?.[1]?.replaceAll(/\\(.)/g, "$1") ?? take(token)?.[0];
    const current = challenges.at(-1);
    if (value === undefined || current === undefined) {
      return challenges;
    }
    current.parameters[word] = value;
  }
}
