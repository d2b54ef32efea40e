import { maxLayers, tooManyLayers } from "../oci/validate.ts";
import type { BuildError, BuildErrorOptions } from "./build-error.ts";
import { mistake } from "./mistake.ts";

/**
 * @param layers with the one that an instruction makes
 * @param fail places an error at that instruction
 * @throws BuildError if an image cannot have as many
 */
export function checkLayers(layers: number, fail: (message: string, options: BuildErrorOptions) => BuildError): void {
  if (layers > maxLayers) {
    throw fail(`${tooManyLayers}, and this would be layer ${layers}`, {
      ...mistake({ kind: "too-many-layers", layers }),
      hint: "each RUN, COPY and ADD makes a layer: join RUN lines with &&, and copy several files with one COPY",
    });
  }
}
