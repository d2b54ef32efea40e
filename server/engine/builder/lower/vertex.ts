import { digestOf } from "../../oci/digest.ts";
import type { BuildResult } from "../ops/result.ts";
import type { Op, Vertex } from "../solver/types.ts";

/** A vertex whose digest is that of its definition and its inputs. */
export function makeVertex(
  definition: unknown,
  op: Op<BuildResult>,
  inputs: readonly Vertex<BuildResult>[],
  ignoreCache: boolean,
): Vertex<BuildResult> {
  const digest = digestOf(JSON.stringify([definition, ignoreCache, inputs.map((input) => input.digest)]));
  return { digest, op, inputs, ignoreCache };
}
