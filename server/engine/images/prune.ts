import { isEngineError } from "../errdefs/errors.ts";
import type { Image, ImageStore } from "./image-store.ts";

export interface PruneFilter {
  /** only images without a tag; false: all that no container uses */
  dangling: boolean;
  /** only images created before this, ms since the epoch */
  until?: number;
  /** `key` or `key=value`, all must match */
  labels?: readonly string[];
  /** `key` or `key=value`, none may match */
  withoutLabels?: readonly string[];
}

/** Which images `docker image prune` tries to remove, those with children after their children. */
function selectForPrune(images: readonly Image[], filter: PruneFilter): Image[] {
  const parents = new Set(images.map((image) => image.parent));
  return images.filter((image) => {
    const labels = image.config.config?.Labels ?? {};
    const nameless = image.tags.length + image.repoDigests.length === 0;
    if ((filter.dangling && image.tags.length > 0) || (nameless && parents.has(image.id))) {
      return false;
    }
    if (filter.until !== undefined && Date.parse(image.config.created ?? "") > filter.until) {
      return false;
    }
    return (
      (filter.labels ?? []).every((label) => hasLabel(labels, label)) &&
      !(filter.withoutLabels ?? []).some((label) => hasLabel(labels, label))
    );
  });
}

/** Removes what the filter chooses. Of an image that a container uses all names go but one, as with dockerd. */
export function pruneImages(store: ImageStore, filter: PruneFilter): { untagged: string[]; deleted: string[] } {
  const result = { untagged: [] as string[], deleted: [] as string[] };
  for (const image of selectForPrune(store.list(), filter)) {
    const names = filter.dangling ? [] : [...image.tags, ...image.repoDigests];
    for (const reference of names.length > 0 ? names : [image.id]) {
      try {
        const removed = store.remove(reference, { force: false, prune: true });
        result.untagged.push(...removed.untagged);
        result.deleted.push(...removed.deleted);
      } catch (error) {
        if (!isEngineError(error, "conflict", "not_found")) {
          throw error;
        }
      }
    }
  }
  return result;
}

function hasLabel(labels: Record<string, string>, wanted: string): boolean {
  const equals = wanted.indexOf("=");
  return equals < 0
    ? Object.hasOwn(labels, wanted)
    : Object.hasOwn(labels, wanted.slice(0, equals)) && labels[wanted.slice(0, equals)] === wanted.slice(equals + 1);
}
