import { messageOf, Unknown } from "../errdefs/errors.ts";

/** What a log's attributes are made of. */
export interface LoggedContainer {
  id: string;
  name: string;
  imageId: string;
  config: { image: string; env: string[]; labels: Record<string, string> };
  host: { logDriver: string; logOptions: Record<string, string> };
}

/**
 * What `docker logs --details` shows before each line: the labels, variables and tag that `--log-opt` names, which are
 * the same for all lines of a container (moby, daemon/logger/loginfo.go, ExtraAttributes). Only json-file has them.
 */
export function logAttributes(container: LoggedContainer): Record<string, string> {
  const { logDriver, logOptions: options } = container.host;
  if (!["", "json-file"].includes(logDriver)) {
    return {};
  }
  const { labels, env } = container.config;
  const variables = Object.fromEntries(
    env.map((entry) => [entry.slice(0, entry.indexOf("=")), entry.slice(entry.indexOf("=") + 1)]),
  );
  return {
    ...chosen(labels, options["labels"], options["labels-regex"]),
    ...chosen(variables, options["env"], options["env-regex"]),
    ...(options["tag"] === undefined ? {} : { tag: expandTag(options["tag"], container) }),
  };
}

function chosen(values: Record<string, string>, names: string | undefined, pattern: string | undefined) {
  checkPattern(pattern ?? "");
  const listed = (names ?? "").split(",");
  const prefix = plainPattern(pattern);
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => listed.includes(name) || prefix?.(name) === true),
  );
}

/** Go's words for patterns that are none, by JavaScript's. */
const badPatterns: [here: RegExp, there: (pattern: string) => string][] = [
  [/unterminated character class/i, (pattern) => `missing closing ]: \`${pattern.slice(pattern.indexOf("["))}\``],
  [/unterminated group/i, (pattern) => `missing closing ): \`${pattern}\``],
  [/unmatched '\)'/i, (pattern) => `unexpected ): \`${pattern}\``],
];

/** What only one of the two languages knows is let through. @throws Unknown in dockerd's words */
function checkPattern(pattern: string): void {
  try {
    RegExp(pattern);
  } catch (error) {
    const words = badPatterns.find(([here]) => here.test(messageOf(error)));
    if (words === undefined) return;
    throw new Unknown(`failed to initialize logging driver: error parsing regexp: ${words[1](pattern)}`, {
      cause: error,
    });
  }
}

/** Patterns come from strangers: `^a`, `a$`, `a.*`, `^(a|b)` and plain text are honoured, which take no exponential time. */
function plainPattern(pattern: string | undefined): ((name: string) => boolean) | undefined {
  const match = /^(\^?)\(?([\w.|/-]*?)\)?(?:\.[*+])?(\$?)$/.exec(pattern ?? "");
  if (pattern === undefined || pattern === "" || match === null) {
    return undefined;
  }
  const [, start, words = "", end] = match;
  const open = /\.[*+]\$?$/.test(pattern);
  return (name) =>
    words.split("|").some((word) => {
      if (start !== "" && end !== "" && !open) {
        return name === word;
      }
      return start !== "" ? name.startsWith(word) : end !== "" && !open ? name.endsWith(word) : name.includes(word);
    });
}

/** `{{.Name}}/{{.ID}}`: the fields of Docker's log tags; other templates stay as they are. @throws Unknown (no such field) */
function expandTag(template: string, { id, name, imageId, config }: LoggedContainer): string {
  const imageHex = imageId.replace(/^sha256:/, "");
  const fields: Record<string, string> = {
    ID: id.slice(0, 12),
    FullID: id,
    Name: name,
    ImageID: imageHex.slice(0, 12),
    ImageFullID: imageId,
    ImageName: config.image,
    DaemonName: "docker",
  };
  const tag = template === "" ? "{{.ID}}" : template;
  if (tag.lastIndexOf("{{") > tag.lastIndexOf("}}")) {
    throw new Unknown("failed to initialize logging driver: template: log-tag:1: unclosed action");
  }
  return tag.replace(/(\{\{\s*)\.(\w+)\s*\}\}/g, (_text, open: string, field: string, at: number) => {
    const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (value === undefined) {
      throw new Unknown(
        `failed to initialize logging driver: template: log-tag:1:${at + open.length}: executing "log-tag" at <.${field}>: can't evaluate field ${field} in type *logger.Info`,
      );
    }
    return value;
  });
}
