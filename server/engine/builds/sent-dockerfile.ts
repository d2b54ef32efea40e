import type { FileEntry } from "../../contract/extension-api.ts";
import type { BuildRequest } from "../builder/builder.ts";
import { maxDockerfileBytes } from "../builder/dockerfile/parser.ts";
import { isEngineError } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";

/** Files that may be compared with a Dockerfile that was sent. */
const mostCompared = 20;

/** The Dockerfile of a build whose context came from a client. */
export interface SentDockerfile {
  name: string;
  /** the workspace's directory it was sent from, as far as can be told: one that has the same file; undefined: none */
  contextPath: string | undefined;
}

/** @param files of the workspace */
export function sentDockerfile(
  { dockerfile, context }: Pick<BuildRequest, "dockerfile" | "context">,
  { workspace, files }: { workspace: string; files: readonly FileEntry[] },
): SentDockerfile {
  if ("text" in dockerfile) {
    return { name: dockerfile.name, contextPath: undefined };
  }
  const name = dockerfile.path.replace(/^(?:\.?\/)+/, "");
  const text = readText(context.root, name);
  return { name, contextPath: text === undefined ? undefined : placeOf(name, text, { workspace, files }) };
}

/** What a build is made of; undefined: there is none, which is the build's to say. */
export function dockerfileText({
  dockerfile,
  context,
}: Pick<BuildRequest, "dockerfile" | "context">): string | undefined {
  return "text" in dockerfile ? dockerfile.text : readText(context.root, dockerfile.path.replace(/^(?:\.?\/)+/, ""));
}

function placeOf(
  name: string,
  text: string,
  { workspace, files }: { workspace: string; files: readonly FileEntry[] },
): string | undefined {
  const size = Buffer.byteLength(text);
  const alike = files
    .filter((file) => file.kind === "file" && file.size === size && `/${file.path}`.endsWith(`/${name}`))
    .toSorted((a, b) => a.path.length - b.path.length)
    .slice(0, mostCompared);
  const found = alike.find(({ path }) => readText(workspace, path) === text);
  return found?.path.slice(0, -name.length).replace(/\/$/, "");
}

function readText(directory: string, path: string): string | undefined {
  using root = new SafeRoot(directory);
  try {
    return root.readFile(path, maxDockerfileBytes).toString("utf8");
  } catch (error) {
    // Not there, no file, or too long: none of them is the one that is looked for, or the build says so.
    if (isEngineError(error)) {
      return undefined;
    }
    throw error;
  }
}
