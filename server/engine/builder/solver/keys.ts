import { type Digest, digestOf } from "../../oci/digest.ts";
import type { CacheMap, ContentDigest, Solved } from "./types.ts";

/** Under which keys a vertex may be found. */
export interface Keys {
  /** by what its inputs are: no content needs to be read for it */
  definition: Digest | undefined;
  /** by what is in the selected parts of its inputs; the same as `definition` without selectors */
  content: Digest | undefined;
}

/** What counts of one input: its record, or its selected content. */
export type KeyPart = { id: string } | { content: Digest };

/** Where the result of an operation on these inputs is kept. */
export function keyOf(op: Digest, inputs: readonly KeyPart[]): Digest {
  const parts = inputs.map((input) => ("id" in input ? `id ${input.id}` : `content ${input.content}`));
  return digestOf(JSON.stringify([op, ...parts]));
}

/** The key by identity of all inputs; undefined when one of them has none that lasts. */
export function definitionKey<R>(map: CacheMap<R>, inputs: readonly Solved<R>[]): Digest | undefined {
  if (map.key === undefined || inputs.some((input) => !input.cacheable)) {
    return undefined;
  }
  return keyOf(
    map.key,
    inputs.map(({ id }) => ({ id })),
  );
}

/** The key by content where a selector gives one; undefined when an input without one does not last. */
export function contentKey<R>(
  map: CacheMap<R>,
  inputs: readonly Solved<R>[],
  contents: readonly (ContentDigest | undefined)[],
): Digest | undefined {
  if (map.key === undefined || inputs.some((input, index) => !input.cacheable && contents[index] === undefined)) {
    return undefined;
  }
  return keyOf(
    map.key,
    inputs.map((input, index) => {
      const content = contents[index];
      return content === undefined ? { id: input.id } : { content: content.digest };
    }),
  );
}
