import { posix } from "node:path";
import { isEngineError } from "../errdefs/errors.ts";
import { SafeRoot } from "../mount/safe-path.ts";
import { BuildError } from "./build-error.ts";
import type { BuildRequest } from "./builder.ts";
import type { Dockerfile } from "./dockerfile/ast.ts";
import { maxDockerfileBytes, parseDockerfile } from "./dockerfile/parser.ts";
import { mistake } from "./mistake.ts";
import { readIgnoreRules } from "./dockerignore.ts";
import type { FileTree } from "./ops/file-tree.ts";

const defaultName = "Dockerfile";

/**
 * What to build, and from which files.
 * @param name of the Dockerfile
 * @param onMistake as of `parseDockerfile`
 * @throws BuildError
 */
export function readContext(
  request: BuildRequest,
  name: string,
  onMistake: (above: Dockerfile) => void,
): { tree: FileTree; dockerfile: Dockerfile } {
  using root = new SafeRoot(request.context.root);
  let text: string;
  if ("text" in request.dockerfile) {
    ({ text } = request.dockerfile);
  } else {
    text = readDockerfile(root, request.dockerfile.path);
  }
  const dockerfile = parseDockerfile(text, name, onMistake);
  return {
    dockerfile,
    tree: {
      root: request.context.root,
      layer: false,
      description: "the build context",
      ignore: readIgnoreRules(root, [`${name}.dockerignore`, ".dockerignore"]),
    },
  };
}

/** Where there is no `Dockerfile`, `dockerfile` is one, too, as with both of dockerd's builders. */
function readDockerfile(root: SafeRoot, name: string): string {
  const other = name.toLowerCase();
  const found = name === defaultName && !root.exists(name) && root.exists(other) ? other : name;
  try {
    return root.readFile(found, maxDockerfileBytes).toString("utf8");
  } catch (error) {
    if (posix.normalize(name).startsWith("../")) {
      throw new BuildError(`failed to read dockerfile: ${name}: it is outside the build context`, undefined, {
        cause: error,
        ...mistake({ kind: "dockerfile-outside", name }),
      });
    }
    if (isEngineError(error, "not_found")) {
      throw new BuildError(`failed to read dockerfile: ${name}: no such file in the build context`, undefined, {
        cause: error,
        ...mistake({ kind: "dockerfile-missing", name }),
        hint: "create the file, or name another one (docker build -f)",
      });
    }
    throw error;
  }
}
