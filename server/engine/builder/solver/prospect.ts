import type { Digest } from "../../oci/digest.ts";
import { type KeyPart, keyOf } from "./keys.ts";
import { throwIfAborted } from "./semaphore.ts";
import type {
  CacheMap,
  CacheRecord,
  ContentDigest,
  ImportedRecord,
  ImportedResults,
  KeyReport,
  Solved,
  Vertex,
} from "./types.ts";

interface ProspectOptions<R> {
  targets: readonly Vertex<R>[];
  imported: ImportedResults<R>;
  given: ReadonlyMap<Digest, R>;
  signal: AbortSignal;
  /** in the cache */
  find: (vertex: Vertex<R>, key: Digest) => Promise<CacheRecord<R> | undefined>;
  solve: (vertex: Vertex<R>) => Promise<Solved<R>>;
  recognised: (vertex: Vertex<R>, report: KeyReport) => void;
}

/** One thing that a vertex may be, without having been solved. */
interface Candidate<R> {
  id: string;
  /** of an input that has no lasting id */
  content?: ContentDigest;
  /** what its inputs are then */
  inputs: readonly Candidate<R>[];
  report: KeyReport;
  /** in the cache */
  own?: CacheRecord<R>;
  imported?: ImportedRecord<R>;
}

/** Ways for one vertex: few have more than one of the cache and one imported. */
const maxCandidates = 4;
const maxCombinations = 16;

/**
 * Looks from the targets down where results are imported: what is known by the keys of its inputs is taken without them,
 * also where their own results did not come along (README.md, Imported results).
 */
export class Prospect<R> {
  readonly #options: ProspectOptions<R>;
  readonly #candidates = new Map<Digest, Promise<Candidate<R>[]>>();
  readonly #decided = new Map<Digest, Candidate<R>>();
  #decision: Promise<void> | undefined;

  constructor(options: ProspectOptions<R>) {
    this.#options = options;
  }

  /**
   * A result of the cache or an imported one, brought here. Undefined: it is to be solved.
   * @param begin called before that is told
   */
  async bring(vertex: Vertex<R>, begin: () => void): Promise<{ solved: Solved<R>; report: KeyReport } | undefined> {
    if (await this.#plain(vertex)) {
      return undefined;
    }
    this.#decision ??= this.#decide();
    await this.#decision;
    throwIfAborted(this.#options.signal);
    const candidate = this.#decided.get(vertex.digest);
    const record = candidate?.own ?? candidate?.imported;
    const result = candidate?.own?.result ?? (await candidate?.imported?.bring?.(this.#options.signal));
    if (candidate === undefined || record === undefined || result === undefined) {
      return undefined;
    }
    begin();
    const { id, createdAt } = record;
    return { solved: { result, id, createdAt, cached: true, cacheable: true }, report: candidate.report };
  }

  /** The last target first; what it is decides what its inputs are, so that all of it fits together. */
  async #decide(): Promise<void> {
    const waiting = [...this.#options.targets];
    const seen = new Set<Digest>();
    for (let vertex = waiting.pop(); vertex !== undefined; vertex = waiting.pop()) {
      if (seen.has(vertex.digest) || this.#decided.has(vertex.digest)) {
        continue;
      }
      seen.add(vertex.digest);
      const chosen = await this.#choose(vertex);
      if (chosen === undefined) {
        waiting.push(...vertex.inputs.toReversed());
      } else {
        this.#settle(vertex, chosen);
      }
    }
  }

  async #choose(vertex: Vertex<R>): Promise<Candidate<R> | undefined> {
    const candidates = await this.#look(vertex);
    return candidates.find(
      (candidate) => (candidate.own ?? candidate.imported?.bring) !== undefined && this.#fits(vertex, candidate),
    );
  }

  /** Whether nothing beneath would be two things. @param seen what has been looked at: stages may share much */
  #fits(vertex: Vertex<R>, candidate: Candidate<R>, seen = new Map<Digest, string>()): boolean {
    const other = this.#decided.get(vertex.digest)?.id ?? seen.get(vertex.digest);
    if (other !== undefined) {
      return other === candidate.id;
    }
    seen.set(vertex.digest, candidate.id);
    return candidate.inputs.every((input, index) => {
      const beneath = vertex.inputs[index];
      return beneath === undefined || input.content !== undefined || this.#fits(beneath, input, seen);
    });
  }

  #settle(vertex: Vertex<R>, candidate: Candidate<R>): void {
    if (this.#decided.has(vertex.digest)) {
      return;
    }
    this.#decided.set(vertex.digest, candidate);
    this.#options.recognised(vertex, candidate.report);
    for (const [index, input] of vertex.inputs.entries()) {
      const beneath = candidate.inputs[index];
      if (beneath !== undefined && beneath.content === undefined) {
        this.#settle(input, beneath);
      }
    }
  }

  #look(vertex: Vertex<R>): Promise<Candidate<R>[]> {
    let candidates = this.#candidates.get(vertex.digest);
    if (candidates === undefined) {
      candidates = this.#lookOnce(vertex);
      this.#candidates.set(vertex.digest, candidates);
    }
    return candidates;
  }

  async #lookOnce(vertex: Vertex<R>): Promise<Candidate<R>[]> {
    const { given, signal, find, imported } = this.#options;
    if (given.has(vertex.digest) || vertex.ignoreCache) {
      return [];
    }
    const map = await vertex.op.cacheMap(signal);
    const { key } = map;
    if (key === undefined) {
      return [];
    }
    if (map.source === true) {
      return [{ id: key, inputs: [], report: reportOf(map, []) }];
    }
    const found: Candidate<R>[] = [];
    for (const inputs of combinations(await this.#inputs(vertex, map))) {
      const wanted = keyOf(key, inputs.map(partOf));
      const candidate = { inputs, report: reportOf(map, inputs) };
      const own = await find(vertex, wanted);
      if (own !== undefined) {
        found.push({ ...candidate, id: own.id, own });
      }
      const record = imported.find(wanted, vertex, inputs);
      if (record !== undefined) {
        found.push({ ...candidate, id: record.id, imported: record });
      }
    }
    const best = (one: Candidate<R>): number => (one.own !== undefined ? 0 : one.imported?.bring !== undefined ? 1 : 2);
    return found.toSorted((a, b) => best(a) - best(b)).slice(0, maxCandidates);
  }

  /** What each input may be: by its records; by content where it has none that lasts. */
  #inputs(vertex: Vertex<R>, map: CacheMap<R>): Promise<Candidate<R>[][]> {
    return Promise.all(
      vertex.inputs.map(async (input, index) => {
        const known = await this.#look(input);
        return known.length > 0 ? known : this.#read(input, map.selectors?.[index]);
      }),
    );
  }

  /** What runs in every build, such as the build's context, may as well run now. */
  async #read(input: Vertex<R>, select: NonNullable<CacheMap<R>["selectors"]>[number]): Promise<Candidate<R>[]> {
    const { signal, solve } = this.#options;
    if (select === undefined || !(await this.#plain(input))) {
      return [];
    }
    try {
      const { id, result } = await solve(input);
      const content = await select(result, signal);
      return [{ id, content, inputs: [], report: reportOf({ key: undefined, facts: {} }, []) }];
    } catch {
      // The vertex is solved as if nothing were imported, and tells what is wrong with what it reads.
      return [];
    }
  }

  /** Whether nothing can be looked up for it: it runs every time, or is a source, as all that it needs. */
  async #plain(vertex: Vertex<R>): Promise<boolean> {
    const { given, signal } = this.#options;
    const { key, source } = await vertex.op.cacheMap(signal);
    if (given.has(vertex.digest) || (key !== undefined && source !== true)) {
      return false;
    }
    const inputs = await Promise.all(vertex.inputs.map((input) => this.#plain(input)));
    return inputs.every(Boolean);
  }
}

function reportOf<R>(
  map: Pick<CacheMap<R>, "key" | "source" | "facts">,
  inputs: readonly { id: string; content?: ContentDigest }[],
): KeyReport {
  return {
    key: map.key,
    source: map.source === true,
    facts: map.facts,
    inputs: inputs.map(({ id, content }) => ({ id, content, cached: true })),
    cacheable: true,
    ignored: false,
  };
}

function partOf({ id, content }: { id: string; content?: ContentDigest }): KeyPart {
  return content === undefined ? { id } : { content: content.digest };
}

/** One of each, in all ways, up to a limit; none where one has none. */
function combinations<T>(choices: readonly (readonly T[])[]): T[][] {
  return choices.reduce<T[][]>(
    (all, some) => all.flatMap((before) => some.map((one) => [...before, one])).slice(0, maxCombinations),
    [[]],
  );
}
