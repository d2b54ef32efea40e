import type { LayerID, LayerStore } from "../../layers/layer-store.ts";
import type { Digest } from "../../oci/digest.ts";
import { BuildError } from "../build-error.ts";
import type { PlannedStep } from "../lower/stage-state.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Vertex } from "../solver/types.ts";
import type { HandWork } from "./build-records.ts";

/** What a build goes on from: shells in the steps of others. */
export interface Resumed {
  /** the last is the one that it goes on from; those before it are in what that one stands on, or are left out */
  byHand: readonly HandWork[];
  /** what the steps of the build had made in which that shell was opened */
  before: ReadonlyMap<Digest, LayerID>;
}

/** Results that a build takes as they are. */
export interface Given {
  /** by vertex */
  byHand: ReadonlyMap<Digest, HandWork>;
  /** what that stands on and nothing else needs, as it was then: what a step would make by now is beside the point */
  beneath: readonly { vertex: Vertex<BuildResult>; layer: LayerID }[];
}

/** @param target the vertex that the image is made of */
export function givenOf(
  resumed: Resumed | undefined,
  steps: readonly PlannedStep[],
  target: Vertex<BuildResult>,
): Given {
  const last = resumed?.byHand.at(-1);
  if (resumed === undefined || last === undefined) return { byHand: new Map(), beneath: [] };
  const isLast = ({ digest }: Vertex<BuildResult>): boolean => digest === last.vertex;
  const all = reach(steps.flatMap(({ vertex }) => vertex ?? []));
  const beneath = reach([...all.values()].filter(isLast));
  const byHand = new Map(resumed.byHand.filter(({ vertex }) => beneath.has(vertex)).map((work) => [work.vertex, work]));
  const needed = reach([target], ({ digest }) => byHand.has(digest));
  return {
    byHand,
    beneath: [...beneath.values()].flatMap((vertex) => {
      const layer = resumed.before.get(vertex.digest);
      return layer === undefined || needed.has(vertex.digest) ? [] : [{ vertex, layer }];
    }),
  };
}

/** @throws BuildError when what a build is to go on from is none of the Dockerfile's any more */
export function checkGiven(resumed: Resumed | undefined, { byHand }: Given): void {
  if (resumed !== undefined && byHand.size === 0) {
    throw new BuildError("the build cannot be resumed: what comes before the step was changed meanwhile", undefined, {
      hint: "build again from the start; what has not changed is in the cache",
    });
  }
}

/** For the solver, by vertex. Bytes are those that the step itself has made. */
export function givenResults({ byHand, beneath }: Given, layers: Pick<LayerStore, "get">): Map<Digest, BuildResult> {
  const result = (layer: LayerID | undefined, own: LayerID | undefined): BuildResult => {
    return { kind: "layer", layer, bytes: own === undefined ? 0 : layers.get(own).size };
  };
  return new Map([
    ...beneath.map(({ vertex, layer }) => [vertex.digest, result(layer, layer)] as const),
    ...[...byHand.values()].map(({ vertex, own, layers: on }) => [vertex, result(on.at(-1)?.layer, own)] as const),
  ]);
}

/** The vertices and all that they are made of, by digest; at the last ones it goes no further. */
function reach(
  vertices: readonly Vertex<BuildResult>[],
  isLast: (vertex: Vertex<BuildResult>) => boolean = () => false,
): Map<Digest, Vertex<BuildResult>> {
  const reached = new Map<Digest, Vertex<BuildResult>>();
  const left = [...vertices];
  for (let vertex = left.pop(); vertex !== undefined; vertex = left.pop()) {
    if (reached.has(vertex.digest)) continue;
    reached.set(vertex.digest, vertex);
    if (!isLast(vertex)) left.push(...vertex.inputs);
  }
  return reached;
}
