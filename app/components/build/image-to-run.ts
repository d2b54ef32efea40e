import type { BuildSummary } from "#contract/extension-api.ts";

/** What Run runs. */
export interface ImageToRun {
  image: string;
  /** the build that made it, if that is not the shown one */
  earlier?: BuildSummary;
}

/**
 * The image of the shown build; where that has made none (it failed, or was cancelled), the image that an earlier build
 * of the same name has made, which is still there.
 * @param history newest first
 */
export function imageToRun(shown: BuildSummary | undefined, history: readonly BuildSummary[]): ImageToRun | undefined {
  if (shown === undefined || shown.status === "running") return undefined;
  if (shown.status === "completed") {
    const image = shown.tags[0] ?? shown.imageId;
    return image === undefined ? undefined : { image };
  }
  const [image] = shown.tags;
  const earlier = history.find(({ status, tags }) => status === "completed" && tags[0] === image);
  return image === undefined || earlier === undefined ? undefined : { image, earlier };
}
