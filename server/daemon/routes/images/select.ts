import { Unknown } from "../../../engine/errdefs/errors.ts";
import type { Image } from "../../../engine/images/image-store.ts";
import type { Filters } from "../../translate/filters.ts";
import { createdMs } from "../../translate/image-json.ts";
import { olderThan } from "../../translate/until.ts";

/** Filters of `docker images` (Engine API, ImageList). */
export const imageFilterNames = ["before", "dangling", "label", "reference", "since", "until"] as const;

/** Without untagged images that others were built on. */
export function withoutIntermediate(all: readonly Image[]): Image[] {
  const parents = new Set(all.map((image) => image.parent));
  return all.filter((image) => !(isUntagged(image) && parents.has(image.id)));
}

const isUntagged = ({ tags, repoDigests }: Image): boolean => tags.length === 0 && repoDigests.length === 0;

/** @param withIntermediate also untagged images that others were built on. @throws NotFound (before, since) */
export function selectImages(
  all: readonly Image[],
  filters: Filters,
  withIntermediate: boolean,
  get: (reference: string) => Image,
): Image[] {
  const before = filters.get("before").map((reference) => createdMs(get(reference)));
  const since = filters.get("since").map((reference) => createdMs(get(reference)));
  const dangling = filters.bool("dangling");
  const isOld = olderThan(filters);
  const shown = withIntermediate ? all : withoutIntermediate(all);
  // A class that does not end, as Go's path.Match has it.
  if (filters.get("reference").some((pattern) => pattern.lastIndexOf("[") > pattern.lastIndexOf("]"))) {
    throw new Unknown("syntax error in pattern");
  }
  const named = filters.has("reference") ? shown.flatMap((image) => withNames(image, filters)) : shown;
  return named.filter((image) => {
    const created = createdMs(image);
    return (
      (dangling === undefined || isUntagged(image) === dangling) &&
      before.every((time) => created < time) &&
      since.every((time) => created > time) &&
      isOld(created) &&
      filters.labels(image.config.config?.Labels ?? {})
    );
  });
}

/** With only those of its names that were asked for; none if there are none. */
function withNames(image: Image, filters: Filters): Image[] {
  const wanted = (name: string) => filters.any("reference", (pattern) => referenceMatches(pattern, name));
  const tags = image.tags.filter(wanted);
  const repoDigests = image.repoDigests.filter((name) => wanted(name.replace(/@.*$/, "")));
  return tags.length + repoDigests.length === 0 ? [] : [{ ...image, tags, repoDigests }];
}

/** A name with or without tag, `*` for anything but a slash; a bare word fits the last part too. */
function referenceMatches(pattern: string, reference: string): boolean {
  const repository = reference.replace(/:[^:/]*$/, "");
  return [reference, repository].some((name) => wildcardMatches(pattern, name));
}

/** Linear time: patterns come from strangers. `?` is one character, `*` any number, neither a slash. */
export function wildcardMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted !== undefined && wanted !== "*" && (wanted === text[t] || (wanted === "?" && text[t] !== "/"))) {
      p++;
      t++;
    } else if (wanted === "*") {
      star = p++;
      mark = t;
    } else if (star >= 0 && text[mark] !== "/") {
      p = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") {
    p++;
  }
  return p === pattern.length;
}
