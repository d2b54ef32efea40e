import { familiarString, parseName, withDefaultTag } from "../../reference/reference.ts";
import type { ContextSource } from "../context-source.ts";
import { readIgnoreRules } from "../dockerignore.ts";
import { SafeRoot } from "../../mount/safe-path.ts";
import type { BuildWork } from "../ops/build-work.ts";
import { ContextOp } from "../ops/context.ts";
import { CopyOp } from "../ops/copy.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Vertex } from "../solver/types.ts";
import type { LoweringRequest } from "./lowering-context.ts";
import { makeVertex } from "./vertex.ts";

export type FoundContext = {
  /** when it is from, seconds since 1970, where it has a time (`ContextSource.time`) */
  time?: number | undefined;
} & (
  | { kind: "image"; name: string }
  /** `tree` for COPY, `files` the same as a file system */
  | { kind: "directory"; tree: Vertex<BuildResult>; files: Vertex<BuildResult> }
);

/** Contexts beside the build's own (`docker build --build-context`): they stand in for stages and images of their names. */
export class NamedContexts {
  readonly #found = new Map<string, FoundContext>();

  constructor(
    { contexts, noCache }: Pick<LoweringRequest, "contexts" | "noCache">,
    work: BuildWork,
    scratch: Vertex<BuildResult>,
  ) {
    for (const [name, context] of contexts ?? []) {
      const found: FoundContext =
        "image" in context
          ? { kind: "image", name: context.image }
          : directory(name, context.source, { work, scratch, noCache });
      this.#found.set(normal(name), found);
    }
  }

  find(name: string): FoundContext | undefined {
    return this.#found.size === 0 ? undefined : this.#found.get(normal(name));
  }
}

function directory(
  name: string,
  source: ContextSource,
  { work, scratch, noCache }: { work: BuildWork; scratch: Vertex<BuildResult>; noCache: boolean },
): FoundContext {
  using root = new SafeRoot(source.root);
  const ignore = readIgnoreRules(root, [".dockerignore"]);
  const op = new ContextOp({ root: source.root, layer: false, description: `the context "${name}"`, ignore });
  const tree = makeVertex(["named-context", name], op, [], false);
  const definition = {
    keyword: "COPY" as const,
    sources: ["/"],
    inline: [],
    destination: "/",
    chown: undefined,
    chmod: undefined,
    exclude: [],
    parents: false,
    extract: false,
  };
  const files = makeVertex(["named-context-files", name], new CopyOp(definition, work), [scratch, tree], noCache);
  return { kind: "directory", tree, files, time: source.time };
}

/** `alpine`, `alpine:latest` and `docker.io/library/alpine` are one name. */
function normal(name: string): string {
  try {
    return familiarString(withDefaultTag(parseName(name))).replace(/:latest$/, "");
  } catch {
    return name.toLowerCase(); // no image's name: a stage's
  }
}
