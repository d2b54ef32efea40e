import type { Image } from "../../images/image-store.ts";
import { digestOf } from "../../oci/digest.ts";
import { hostPlatform } from "../../oci/platform.ts";
import { isEngineError } from "../../errdefs/errors.ts";
import { BuildError } from "../build-error.ts";
import type { Dockerfile, Stage, Warning } from "../dockerfile/ast.ts";
import type { BaseImages } from "../lower/base-image.ts";
import { Lowering, type LoweringOptions } from "../lower/lowering.ts";

/** Instructions above which the build alone judges: it has time, and who types has not. */
const maxInstructions = 500;

/** What is here of a base image; undefined: it is not here. */
export type FindBase = (name: string) => Pick<Image, "config"> | undefined;

/**
 * Finds what a build finds while it turns the text into steps, without any: operations are made and never run, nothing
 * is pulled, and no file is looked at. Of a base that is not here the environment is not known: what may depend on it
 * is not told.
 * @throws BuildError for the first mistake
 */
export async function lowerText(
  dockerfile: Dockerfile,
  find: FindBase,
  onWarning: (warning: Warning) => void,
): Promise<void> {
  if (dockerfile.stages.reduce((sum, { instructions }) => sum + instructions.length + 1, 0) > maxInstructions) {
    return;
  }
  const unknown = new Set<string>();
  const bases: Pick<BaseImages, "resolve"> = {
    resolve: async (name) => {
      const found = findQuietly(find, name);
      if (found === undefined) {
        unknown.add(name);
      }
      return standingFor(name, found);
    },
  };
  const mayDependOnBase = (line: number): boolean => isOnUnknown(stageAt(dockerfile, line), dockerfile, unknown);
  const lowering = new Lowering({
    dockerfile,
    request: { context: {}, buildArgs: {}, noCache: false, extraHosts: [] },
    tree: { root: "", layer: false, description: "the build context", ignore: undefined },
    // They belong to running, which never comes.
    work: {} as LoweringOptions["work"],
    execTools: {} as LoweringOptions["execTools"],
    baseImages: bases as BaseImages,
    times: { ofUrl: async () => undefined, ofRepository: async () => undefined },
    network: "bridge",
    onWarning: (warning) => {
      if (warning.rule !== "UndefinedVar" || !mayDependOnBase(warning.range.startLine)) {
        onWarning(warning);
      }
    },
    onPull: () => {},
    onPulled: () => {},
  });
  try {
    await lowering.lower();
  } catch (error) {
    const line = error instanceof BuildError ? error.range?.startLine : undefined;
    const written = line === undefined ? "" : (dockerfile.source.lines[line - 1] ?? "");
    if (line === undefined || !written.includes("$") || !mayDependOnBase(line)) {
      throw error;
    }
  }
}

/** What is no image's name is told by the build. */
function findQuietly(find: FindBase, name: string): Pick<Image, "config"> | undefined {
  try {
    return find(name);
  } catch (error) {
    if (isEngineError(error)) {
      return undefined;
    }
    throw error;
  }
}

/** An image with the configuration of the one that is here, and without its layers. */
function standingFor(name: string, found: Pick<Image, "config"> | undefined): Image {
  const { os, architecture } = hostPlatform();
  const config = found?.config ?? { os, architecture, config: {} };
  return {
    id: digestOf(name),
    layers: [],
    config: {
      ...config,
      history: [],
      rootfs: { type: "layers", diff_ids: [] },
      config: { ...config.config, OnBuild: [] },
    },
    standIn: false,
    tags: [],
    repoDigests: [],
    size: 0,
    taggedAt: 0,
    lastTag: 0,
  };
}

function stageAt({ stages }: Dockerfile, line: number): Stage | undefined {
  return stages.findLast(({ from }) => from.range.startLine <= line);
}

function isOnUnknown(stage: Stage | undefined, dockerfile: Dockerfile, unknown: ReadonlySet<string>): boolean {
  if (stage === undefined) {
    return false;
  }
  const name = stage.from.image.text;
  const parent = dockerfile.stages.slice(0, stage.index).findLast(({ from }) => from.alias === name.toLowerCase());
  // A name with variables is not looked up: it may be any.
  return parent === undefined ? unknown.has(name) || name.includes("$") : isOnUnknown(parent, dockerfile, unknown);
}
