import type { Warning, Dockerfile } from "../../../server/engine/builder/dockerfile/ast.ts";
import { IgnoreRules } from "../../../server/engine/builder/dockerignore.ts";
import type { BaseImages } from "../../../server/engine/builder/lower/base-image.ts";
import { Lowering, type LoweringOptions } from "../../../server/engine/builder/lower/lowering.ts";
import type { PlannedStep, StageState } from "../../../server/engine/builder/lower/stage-state.ts";
import { NotFound } from "../../../server/engine/errdefs/errors.ts";
import type { Image } from "../../../server/engine/images/image-store.ts";
import { digestOf } from "../../../server/engine/oci/digest.ts";
import type { ImageRunConfig } from "../../../server/engine/oci/types.ts";

/** What a golden case is built with. */
export interface GoldenOptions {
  target?: string;
  buildArgs?: Record<string, string>;
  dockerignore?: string;
  /** in place of the check directive */
  check?: string;
  /** of every base image but `missing`, which is none */
  base?: ImageRunConfig;
  /** tell each step's image, as the classic builder does */
  classic?: boolean;
  /** leave the instructions out of what is expected */
  short?: boolean;
}

/** Lowers a Dockerfile on base images that exist only by name: nothing is run, no file is looked at. */
export async function lowerAlone(
  dockerfile: Dockerfile,
  options: GoldenOptions,
  onWarning: (warning: Warning) => void,
): Promise<{ state: StageState; steps: readonly PlannedStep[]; stages: Set<string> }> {
  const baseImages: Pick<BaseImages, "resolve"> = {
    resolve: async (name) => {
      if (name.startsWith("missing")) {
        throw new NotFound(`image "${name}" was not found`);
      }
      return baseImage(name, options.base);
    },
  };
  const ignore = options.dockerignore === undefined ? undefined : IgnoreRules.parse(options.dockerignore);
  const lowering = new Lowering({
    dockerfile,
    request: {
      context: {},
      buildArgs: options.buildArgs ?? {},
      noCache: false,
      platform: { os: "linux", architecture: "amd64" },
      extraHosts: [],
      ...(options.target === undefined ? {} : { target: options.target }),
      ...(options.classic === true ? { steps: { planned: () => {}, image: () => {} } } : {}),
    },
    tree: { root: "/nowhere", layer: false, description: "the build context", ignore },
    // operations are made, never run
    work: {} as LoweringOptions["work"],
    execTools: {} as LoweringOptions["execTools"],
    baseImages: baseImages as BaseImages,
    times: { ofUrl: async () => undefined, ofRepository: async () => undefined },
    network: "bridge",
    onWarning,
    onPull: () => {},
    onPulled: () => {},
  });
  const state = await lowering.lower();
  return { state, steps: lowering.steps, stages: new Set(lowering.steps.map((step) => step.stage)) };
}

function baseImage(name: string, config: ImageRunConfig = {}): Image {
  return {
    id: digestOf(name),
    layers: [],
    config: {
      architecture: name.startsWith("only-for-arm") ? "arm64" : "amd64",
      os: name.startsWith("for-windows") ? "windows" : "linux",
      config,
      history: [],
      rootfs: { type: "layers", diff_ids: [] },
    },
    repoDigests: [],
    standIn: false,
  } as unknown as Image;
}
