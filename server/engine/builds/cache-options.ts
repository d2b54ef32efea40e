import type { CacheSource, CacheTarget } from "../builder/builder.ts";
import type { ContextSource } from "../builder/context-source.ts";
import { InvalidArgument, NotImplemented } from "../errdefs/errors.ts";
import { familiarString, parseReference } from "../reference/reference.ts";
import { parseOptionList } from "./option-list.ts";

/** A directory of whoever builds. */
type OpenDirectory = (path: string) => ContextSource;

/**
 * `--cache-from` as buildx has it: `type=registry,ref=NAME`, `type=local,src=PATH`, or a name alone.
 * @throws InvalidArgument, NotImplemented, NotFound (directory)
 */
export function cacheSource(text: string, open: OpenDirectory): CacheSource {
  const options = text.includes("=")
    ? parseOptionList(text, "cache-from")
    : new Map([
        ["type", "registry"],
        ["ref", text],
      ]);
  const type = options.get("type");
  switch (type) {
    case "registry":
      return { type, reference: nameIn(options, text) };
    case "local": {
      const path = needed(options, "src", text);
      return { type, directory: open(path), name: path };
    }
    default:
      throw unknownType(type, text, "registry, local");
  }
}

/**
 * `--cache-to` as buildx has it: `type=inline`, `type=registry,ref=NAME[,mode=max]`, `type=local,dest=PATH[,mode=max]`.
 * @param open makes the directory where there is none
 * @throws InvalidArgument, NotImplemented
 */
export function cacheTarget(text: string, open: OpenDirectory): CacheTarget {
  const options = text.includes("=")
    ? parseOptionList(text, "cache-to")
    : new Map([
        ["type", "registry"],
        ["ref", text],
      ]);
  const type = options.get("type");
  const more = { mode: modeOf(options, text), ignoreError: options.get("ignore-error") === "true" };
  switch (type) {
    case "inline":
      return { type };
    case "registry":
      return { type, reference: nameIn(options, text), ...more };
    case "local":
      return { type, directory: open(needed(options, "dest", text)), ...more };
    default:
      throw unknownType(type, text, "inline, registry, local");
  }
}

function modeOf(options: ReadonlyMap<string, string>, text: string): "min" | "max" {
  const mode = options.get("mode") ?? "min";
  if (mode !== "min" && mode !== "max") {
    throw new InvalidArgument(`${text}: mode is min (the image's own steps) or max (all steps), not ${mode}`);
  }
  return mode;
}

function nameIn(options: ReadonlyMap<string, string>, text: string): string {
  return familiarString(parseReference(needed(options, "ref", text)));
}

function needed(options: ReadonlyMap<string, string>, name: string, text: string): string {
  const value = options.get(name);
  if (value === undefined || value === "") {
    throw new InvalidArgument(`${text}: ${name}= is missing`);
  }
  return value;
}

function unknownType(type: string | undefined, text: string, known: string): Error {
  return type === undefined
    ? new InvalidArgument(`${text}: type= is missing: one of ${known}`)
    : new NotImplemented(`${text}: caches of the type ${type} are not there: one of ${known}`);
}
