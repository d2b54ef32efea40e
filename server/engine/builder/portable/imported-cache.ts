import { chainIdOf, type DiffID, type Digest, digestOf } from "../../oci/digest.ts";
import type { Descriptor } from "../../oci/types.ts";
import { mediaTypes } from "../../oci/types.ts";
import type { BuildResult } from "../ops/result.ts";
import { type KeyPart, keyOf } from "../solver/keys.ts";
import type { ImportedRecord, ImportedResults } from "../solver/types.ts";
import { type CacheConfig, contentSelector } from "./cache-config.ts";

/** A layer of a cache: what it is to be, once its blob is here. */
export interface PortableLayer {
  blob: Descriptor;
  diffId: DiffID;
}

/** Gets a stack of layers here, lowest first. Undefined: it cannot be had. */
export type BringLayers = (stack: readonly PortableLayer[], signal: AbortSignal) => Promise<BuildResult | undefined>;

/** Records beneath each other in an honest cache: a step each. */
const maxDepth = 1_000;
/** Of one record; a step has a few. */
const maxInputs = 100;
/** Keys of one record: each input by record or by content. */
const maxKeys = 16;

interface Indexed {
  id: string;
}

/**
 * The records of one imported cache, by the keys that the solver asks for. A record is found by what it says that it was
 * made from, and what it says that it is must be true of the layers (their diffIDs are checked); that the one makes the
 * other is believed, for this build alone: ids hold the layers' digests, so that what is built on an imported result is
 * never found by a build that does not import the same.
 */
export class ImportedCache implements ImportedResults<BuildResult> {
  readonly #config: CacheConfig;
  readonly #bring: BringLayers;
  readonly #byKey = new Map<Digest, ImportedRecord<BuildResult>>();
  readonly #indexed = new Map<number, Indexed | undefined>();

  constructor(config: CacheConfig, bring: BringLayers) {
    this.#config = config;
    this.#bring = bring;
    for (let index = 0; index < config.records.length; index++) {
      this.#index(index, 0);
    }
  }

  find(key: Digest): ImportedRecord<BuildResult> | undefined {
    return this.#byKey.get(key);
  }

  #index(index: number, depth: number): Indexed | undefined {
    if (this.#indexed.has(index) || depth > maxDepth) {
      return this.#indexed.get(index);
    }
    // While it is being looked at it is unknown: a record that needs itself is never found.
    this.#indexed.set(index, undefined);
    const indexed = this.#indexOnce(index, depth);
    this.#indexed.set(index, indexed);
    return indexed;
  }

  #indexOnce(index: number, depth: number): Indexed | undefined {
    const record = this.#config.records[index];
    if (record === undefined) {
      return undefined;
    }
    const { digest, inputs = [] } = record;
    if (inputs.length === 0) {
      return { id: digest };
    }
    if (inputs.length > maxInputs) {
      return undefined;
    }
    const parts = inputs.map((links) =>
      links.flatMap(({ selector, link }): KeyPart[] => {
        const linked = this.#index(link, depth + 1);
        const content = this.#config.records[link]?.digest;
        if (selector === contentSelector && content !== undefined) {
          return [{ content }];
        }
        return linked === undefined ? [] : [{ id: linked.id }];
      }),
    );
    const keys = combinations(parts).map((combination) => keyOf(digest, combination));
    if (keys.length === 0) {
      return undefined;
    }
    const [result] = record.layers ?? [];
    const stack = result === undefined ? undefined : this.#stack(result.layer);
    const chain = stack === undefined ? "" : (chainIdOf(stack.map(({ diffId }) => diffId)) ?? "");
    const id = `imported ${digestOf(JSON.stringify([keys, chain]))}`;
    const imported = {
      id,
      createdAt: timeOf(result?.createdAt),
      bring: stack === undefined ? undefined : (signal: AbortSignal) => this.#bring(stack, signal),
    };
    for (const key of keys) {
      if (this.#byKey.get(key)?.bring === undefined) {
        this.#byKey.set(key, imported);
      }
    }
    return { id };
  }

  /** Lowest first; undefined where it is not told what the layers are. */
  #stack(top: number): PortableLayer[] | undefined {
    const { layers } = this.#config;
    const stack: PortableLayer[] = [];
    for (let at = top; at !== -1; at = layers[at]?.parent ?? -1) {
      const layer = layers[at];
      const { diffID, size, mediaType = mediaTypes.ociLayerGzip } = layer?.annotations ?? {};
      if (layer === undefined || diffID === undefined || size === undefined || stack.length > layers.length) {
        return undefined;
      }
      stack.unshift({ blob: { digest: layer.blob, size, mediaType }, diffId: diffID });
    }
    return stack;
  }
}

/** Several caches, the first that knows counts; one that has the result before one that has not. */
export class ImportedCaches implements ImportedResults<BuildResult> {
  readonly #caches: readonly ImportedCache[];

  constructor(caches: readonly ImportedCache[]) {
    this.#caches = caches;
  }

  find(key: Digest): ImportedRecord<BuildResult> | undefined {
    const found = this.#caches.flatMap((cache) => cache.find(key) ?? []);
    return found.find(({ bring }) => bring !== undefined) ?? found[0];
  }
}

/** One of each, in all ways, up to a limit; none where one has none. */
function combinations(parts: readonly (readonly KeyPart[])[]): KeyPart[][] {
  return parts.reduce<KeyPart[][]>(
    (all, choices) => all.flatMap((before) => choices.map((choice) => [...before, choice])).slice(0, maxKeys),
    [[]],
  );
}

function timeOf(text: string | undefined): number {
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? Date.now() : time;
}
