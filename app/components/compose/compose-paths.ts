import { mostFileEntries } from "#contract/extension-api.ts";
import type { FileEntry } from "#contract/extension-api.ts";
import { messages } from "../../lib/messages.ts";
import { asList, asMap, isMap, isPlain, textOf } from "./written-yaml.ts";
import type { ComposeProblem, Names, WrittenYaml } from "./written-yaml.ts";

/** Where a Compose file is, and what is there beside it. */
export interface ComposePlace {
  path: string;
  entries: readonly Pick<FileEntry, "path" | "kind">[];
}

interface Wanted {
  /** as it is written, and as it is in the workspace */
  written: string;
  path: string | undefined;
  key: "build" | "dockerfile" | "env_file";
  where: readonly (string | number)[];
}

/** What services are built from or take variables from, and is not there. What Compose looks for elsewhere is not judged. */
export function missingPaths(written: WrittenYaml, { path, entries }: ComposePlace): ComposeProblem[] {
  // Of so many not all are known.
  if (entries.length >= mostFileEntries) return [];
  const kinds = new Map(entries.map((entry) => [entry.path, entry.kind]));
  kinds.set("", "directory");
  const directory = path.split("/").slice(0, -1).join("/");
  const isMissing = (wanted: string | undefined): boolean => wanted !== undefined && !isThere(wanted, kinds);
  return Object.entries(asMap(asMap(written.value)["services"])).flatMap(([service, settings]) =>
    wantedBy(asMap(settings), directory)
      .filter((wanted) => isMissing(wanted.path))
      .map(({ written: named, key, where }) => ({
        message: messages.running.compose.problems.noPath({ service, key, path: named }),
        line: written.lineOf("services", service, ...where),
      })),
  );
}

/** Where a link leads is not known here. */
function isThere(path: string, kinds: ReadonlyMap<string, FileEntry["kind"]>): boolean {
  const above = path.split("/").map((_name, index, names) => names.slice(0, index + 1).join("/"));
  return kinds.has(path) || above.some((each) => kinds.get(each) === "symlink");
}

function wantedBy(settings: Names, directory: string): Wanted[] {
  return [...builtFrom(settings["build"], directory), ...variablesOf(settings["env_file"], directory)];
}

function builtFrom(build: unknown, directory: string): Wanted[] {
  if (build === undefined || build === null) return [];
  const { context = ".", dockerfile, dockerfile_inline: inline } = isMap(build) ? build : { context: build };
  const from = textOf(context);
  const path = resolved(directory, from);
  const where = isMap(build) ? ["build", "context"] : ["build"];
  const wanted: Wanted[] = [{ written: from, path, key: "build", where }];
  if (path === undefined || inline !== undefined || !isPlain(dockerfile)) return wanted;
  const file = textOf(dockerfile);
  return [...wanted, { written: file, path: resolved(path, file), key: "dockerfile", where: ["build", "dockerfile"] }];
}

function variablesOf(files: unknown, directory: string): Wanted[] {
  const list = isPlain(files) ? [files] : asList(files);
  return list.flatMap((file, index): Wanted[] => {
    if (isMap(file) && file["required"] === false) return [];
    const written = textOf(isMap(file) ? file["path"] : file);
    const where = isPlain(files) ? ["env_file"] : ["env_file", index];
    return written === "" ? [] : [{ written, path: resolved(directory, written), key: "env_file", where }];
  });
}

/** A path of the workspace; undefined: it leads elsewhere, or Compose puts something in. */
function resolved(directory: string, written: string): string | undefined {
  if (/^[/~]|\$|:|^git@|\.git(?:#|$)/.test(written)) return undefined;
  const path: string[] = directory === "" ? [] : directory.split("/");
  for (const name of written.split("/")) {
    if (name === "" || name === ".") continue;
    if (name !== "..") path.push(name);
    else if (path.pop() === undefined) return undefined;
  }
  return path.join("/");
}
