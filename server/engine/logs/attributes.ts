import { Unknown } from "../errdefs/errors.ts";

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
  const listed = (names ?? "").split(",");
  const prefix = plainPattern(pattern);
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => listed.includes(name) || prefix?.(name) === true),
  );
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
