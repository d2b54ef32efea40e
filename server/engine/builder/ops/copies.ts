import { digestOf } from "../../oci/digest.ts";
import type { CacheMap, ExecContext, Op } from "../solver/types.ts";
import type { BuildWork } from "./build-work.ts";
import { type CopyOp, layerOfCopies } from "./copy.ts";
import type { BuildResult } from "./result.ts";

/** One of several copies: which input its files are in, counted from 1; undefined where it has none (here-documents). */
export interface CopyPart {
  op: CopyOp;
  input: number | undefined;
}

/** An ADD of downloads, repositories and files at once: its copies one after the other, in one layer. */
export class CopiesOp implements Op<BuildResult> {
  readonly #parts: readonly CopyPart[];
  readonly #work: BuildWork;

  constructor(parts: readonly CopyPart[], work: BuildWork) {
    this.#parts = parts;
    this.#work = work;
  }

  async cacheMap(): Promise<CacheMap<BuildResult>> {
    const maps = await Promise.all(this.#parts.map(async ({ op, input }) => ({ input, map: await op.cacheMap() })));
    return {
      key: digestOf(JSON.stringify(["copies", 1, ...maps.map(({ input, map }) => [input, map.key])])),
      facts: { instruction: maps.map(({ map }) => map.facts["instruction"]).join(", ") },
      selectors: [undefined, ...maps.flatMap(({ input, map }) => (input === undefined ? [] : [map.selectors?.[1]]))],
    };
  }

  async exec(inputs: readonly BuildResult[], context: ExecContext): Promise<BuildResult> {
    const write = async (directory: string): Promise<number> => {
      let bytes = 0;
      for (const { op, input } of this.#parts) {
        bytes += await op.writeInto(directory, input === undefined ? undefined : inputs[input], context);
      }
      return bytes;
    };
    return layerOfCopies(inputs[0], this.#work, context, { write });
  }
}
