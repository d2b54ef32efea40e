import type { TeachingCheck } from "./finding.ts";

/** LatestTag: FROM an image without a tag, or `latest`. */
export const baseImages: TeachingCheck = (stages, _image, dockerfile) =>
  stages.flatMap(({ from, index }) => {
    const name = from.image.text;
    const isStage = dockerfile.stages.some((stage) => stage.index < index && stage.from.alias === name.toLowerCase());
    const tag = /^[^$@]*?(?::([^/:$@]*))?$/.exec(name);
    if (isStage || name === "scratch" || tag === null || (tag[1] !== undefined && tag[1] !== "latest")) {
      return [];
    }
    const message = `FROM ${name} takes whatever is newest when it is built: name a version in place of latest`;
    return { rule: "LatestTag", message, range: from.image.range };
  });
