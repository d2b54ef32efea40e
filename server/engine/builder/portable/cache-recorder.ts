import type { LayerID } from "../../layers/layer-store.ts";
import type { Digest } from "../../oci/digest.ts";
import type { BuildResult } from "../ops/result.ts";
import type { KeyReport, Solved, Vertex } from "../solver/types.ts";
import { type CacheLink, contentSelector, type PortableRecord } from "./cache-config.ts";

interface Noted {
  vertex: Vertex<BuildResult>;
  report: KeyReport;
  solved: Solved<BuildResult> | undefined;
}

/** A record whose result is a layer of this machine. */
export type LocalRecord = Omit<PortableRecord, "layers"> & { layer?: LayerID; createdAt?: number };

/** Writes down what a build's vertices were made from, for a cache that travels. */
export class CacheRecorder {
  readonly #noted = new Map<Digest, Noted>();

  /** @param solved undefined: it was found by its key alone */
  note(vertex: Vertex<BuildResult>, report: KeyReport, solved: Solved<BuildResult> | undefined): void {
    if (solved !== undefined || !this.#noted.has(vertex.digest)) {
      this.#noted.set(vertex.digest, { vertex, report, solved });
    }
  }

  /** All that has a key that lasts, inputs before what needs them. */
  records(): LocalRecord[] {
    const records: LocalRecord[] = [];
    const numbers = new Map<Digest, number | undefined>();
    const contents = new Map<Digest, number>();
    const numberOf = (digest: Digest): number | undefined => {
      if (!numbers.has(digest)) {
        const noted = this.#noted.get(digest);
        const record = noted === undefined ? undefined : recordOf(noted, numberOf, contentNumber);
        numbers.set(digest, record === undefined ? undefined : records.push(record) - 1);
      }
      return numbers.get(digest);
    };
    const contentNumber = (content: Digest): number => {
      const known = contents.get(content) ?? records.push({ digest: content }) - 1;
      contents.set(content, known);
      return known;
    };
    for (const digest of this.#noted.keys()) {
      numberOf(digest);
    }
    return records;
  }
}

function recordOf(
  { vertex, report, solved }: Noted,
  numberOf: (vertex: Digest) => number | undefined,
  contentNumber: (content: Digest) => number,
): LocalRecord | undefined {
  if (report.key === undefined) {
    return undefined;
  }
  if (report.source) {
    return { digest: report.key };
  }
  const inputs = vertex.inputs.map((input, index): CacheLink[] => {
    const content = report.inputs[index]?.content;
    const link = numberOf(input.digest);
    return [
      ...(link === undefined ? [] : [{ link }]),
      ...(content === undefined ? [] : [{ selector: contentSelector, link: contentNumber(content.digest) }]),
    ];
  });
  if (inputs.some((links) => links.length === 0)) {
    return undefined;
  }
  const layer = solved?.result.kind === "layer" ? solved.result.layer : undefined;
  return {
    digest: report.key,
    inputs,
    ...(layer === undefined || solved === undefined ? {} : { layer, createdAt: solved.createdAt }),
  };
}
