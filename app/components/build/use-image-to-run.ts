import { useStore } from "../../lib/store.ts";
import { useWorkspace } from "../workspace/workspace-context.tsx";
import { imageToRun } from "./image-to-run.ts";
import type { ImageToRun } from "./image-to-run.ts";

/** For the build that the page shows; undefined: there is nothing to run. */
export function useImageToRun(): ImageToRun | undefined {
  const { builds } = useWorkspace();
  const shown = useStore(builds.shown)?.summary;
  return imageToRun(shown, useStore(builds.history));
}
