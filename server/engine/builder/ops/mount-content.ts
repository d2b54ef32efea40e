import { InvalidArgument } from "../../errdefs/errors.ts";
import { literally } from "../glob.ts";
import type { ContentSelector } from "../solver/types.ts";
import type { BuildWork } from "./build-work.ts";
import { digestSelection } from "./content-digest.ts";
import type { ExecMount } from "./exec-definition.ts";
import type { BuildResult } from "./result.ts";
import { selectFiles } from "./selection.ts";

/** Of a `--mount=type=bind,from=`: what of the stage is mounted counts, not how the stage came to it. */
export function mountContent(
  { source }: ExecMount & { type: "bind" },
  { workshop, lease, digests }: BuildWork,
): ContentSelector<BuildResult> {
  return async (input, signal) => {
    if (input.kind !== "layer") {
      throw new InvalidArgument("a mount needs a file system");
    }
    return workshop.view(input.layer, lease, async (root) => {
      const tree = { root, layer: true, description: "what the mount is from", ignore: undefined };
      const options = { sources: [literally(source)], exclude: [], parents: false, keyword: "RUN --mount" };
      const selected = await selectFiles(tree, options, signal);
      return digestSelection(tree, selected, { digests, contents: false, signal });
    });
  };
}
