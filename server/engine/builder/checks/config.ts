/** Which checks are asked for (Dockerfile reference, Parser directives, check). */
export interface CheckConfig {
  skipAll: boolean;
  skip: ReadonlySet<string>;
  experimentalAll: boolean;
  experimental: ReadonlySet<string>;
  /** a finding fails the build */
  error: boolean;
}

const nothing: ReadonlySet<string> = new Set();

/**
 * Reads `skip=A,B;error=true;experimental=all`.
 * @throws Error that says which option is none
 */
export function parseCheckConfig(text: string): CheckConfig {
  const config = { skipAll: false, skip: nothing, experimentalAll: false, experimental: nothing, error: false };
  const trimmed = text.trim();
  for (const part of trimmed === "" ? [] : splitIn(trimmed, 3)) {
    const equals = part.indexOf("=");
    const name = part.slice(0, equals).trim();
    const value = part.slice(equals + 1).trim();
    if (equals < 0) {
      throw new Error(`invalid check option ${JSON.stringify(part)}`);
    }
    const names = new Set(value.split(",").map((rule) => rule.trim()));
    switch (name) {
      case "skip":
        config.skipAll = value === "all";
        config.skip = config.skipAll ? nothing : names;
        break;
      case "experimental":
        config.experimentalAll = value === "all";
        config.experimental = config.experimentalAll ? nothing : names;
        break;
      case "error":
        config.error = truth(value, part);
        break;
      default:
        throw new Error(`invalid check option ${JSON.stringify(name)}`);
    }
  }
  return config;
}

/** The last of `count` parts has all that is left. */
function splitIn(text: string, count: number): string[] {
  const parts = text.split(";");
  return parts.length <= count ? parts : [...parts.slice(0, count - 1), parts.slice(count - 1).join(";")];
}

/** As Go's strconv.ParseBool. */
function truth(value: string, part: string): boolean {
  if (["1", "t", "T", "true", "TRUE", "True"].includes(value)) {
    return true;
  }
  if (["0", "f", "F", "false", "FALSE", "False"].includes(value)) {
    return false;
  }
  throw new Error(
    `failed to parse check option ${JSON.stringify(part)}: strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`,
  );
}

/** What a comment before an instruction asks for it alone: `# check=skip=NAME`. */
export function configOfComments(comments: readonly string[]): CheckConfig | undefined {
  const written = comments
    .map((comment) => /^check\s*=\s*(\S+)/i.exec(comment)?.[1])
    .find((text) => text !== undefined);
  if (written === undefined) {
    return undefined;
  }
  try {
    return parseCheckConfig(written);
  } catch {
    // as BuildKit: what cannot be read asks for nothing
    return undefined;
  }
}
