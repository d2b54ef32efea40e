import { Readable } from "node:stream";
import type { z } from "zod";
import {
  comparisonQuery,
  fileQuery,
  findQuery,
  type ImageLayers,
  type LayerSummary,
  layersQuery,
  type TreePlace,
  treeQuery,
} from "../../contract/image-files.ts";
import { type KeptBuild, ownLayer } from "../../engine/builder/records/build-records.ts";
import { InvalidArgument, isEngineError } from "../../engine/errdefs/errors.ts";
import { instructionText } from "../../engine/images/files/history-instruction.ts";
import type { ComparedImage } from "../../engine/images/files/compare.ts";
import type { ImageFiles, ImagePlace } from "../../engine/images/files/image-files.ts";
import type { Image } from "../../engine/images/image-store.ts";
import type { LayerID } from "../../engine/layers/layer-store.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { bytes, json } from "../http/reply.ts";
import { type Call, type Route, route } from "../http/route.ts";

/** What is in the tenant's images, layer by layer (contract/image-files.ts). */
export function imageFileRoutes(
  { images, builder }: Pick<TenantEngine, "images" | "builder">,
  files: ImageFiles,
): Route[] {
  return [
    route("GET", "/drydock/v1/images/layers", async (call) => {
      const image = images.get(read(call, layersQuery).name);
      const build = buildOf(() => builder.records.ofImage(image.id));
      return json(await layersOf(image, build, files));
    }),
    route("GET", "/drydock/v1/images/tree", async (call) => {
      const { name, path = "/", ...place } = read(call, treeQuery);
      return json(await files.list(images.get(name), path, placeOf(place)));
    }),
    route("GET", "/drydock/v1/images/find", async (call) => {
      const { name, text, ...place } = read(call, findQuery);
      return json(await files.find(images.get(name), text, placeOf(place)));
    }),
    route("GET", "/drydock/v1/images/file", async (call) => {
      const { name, path, ...place } = read(call, fileQuery);
      const file = await files.read(images.get(name), path, placeOf(place));
      return bytes(Readable.from([file.bytes]), "application/octet-stream", {
        "X-Drydock-Size": String(file.size),
        "Content-Length": String(file.bytes.length),
      });
    }),
    route("GET", "/drydock/v1/images/comparison", async (call) => {
      const { before, beforeLayer, after, afterLayer } = read(call, comparisonQuery);
      const side = (name: string, layer: number | undefined): ComparedImage => ({
        image: images.get(name),
        ...(layer === undefined ? {} : { layer }),
      });
      return json(await files.compare(side(before, beforeLayer), side(after, afterLayer), call.signal));
    }),
  ];
}

async function layersOf(image: Image, build: KeptBuild | undefined, files: ImageFiles): Promise<ImageLayers> {
  const instructions: string[] = [];
  const others: ImageLayers["others"] = [];
  for (const { created_by: text = "", empty_layer: empty } of image.config.history ?? []) {
    const instruction = instructionText(text);
    if (empty === true) others.push({ instruction, before: instructions.length });
    else instructions.push(instruction);
  }
  const summaries = await files.layers(image);
  return {
    id: image.id,
    names: image.tags,
    size: summaries.reduce((sum, { size }) => sum + size, 0),
    layers: summaries.map((summary) => {
      return {
        ...summary,
        instruction: instructions[summary.index] ?? "",
        ...madeBy(image.layers[summary.index], build),
      };
    }),
    others,
    waste: await files.waste(image),
    ...(build === undefined ? {} : { build: build.id }),
  };
}

/** Undefined for an image that no build on record has made. */
function buildOf(find: () => KeptBuild): KeptBuild | undefined {
  try {
    return find();
  } catch (error) {
    if (isEngineError(error, "not_found")) return undefined;
    throw error;
  }
}

/** What the build says of a layer of its image. */
function madeBy(
  layer: LayerID | undefined,
  build: KeptBuild | undefined,
): Partial<Pick<LayerSummary, "instruction" | "step" | "byHand">> {
  const work = build?.byHand?.find(({ layers }) => layers.some((each) => each.layer === layer));
  const leftBy = work?.layers.find((each) => each.layer === layer)?.leftBy;
  const made = build?.steps.find((kept) =>
    work === undefined ? ownLayer(kept) === layer : kept.step.id === work.step,
  );
  return {
    ...(made === undefined ? {} : { step: made.step.id, instruction: made.step.instruction }),
    ...(work === undefined ? {} : { byHand: leftBy === undefined ? {} : { leftBy } }),
  };
}

/** @throws InvalidArgument with the name of the parameter that is wrong */
function read<Schema extends z.ZodType>({ query }: Call, schema: Schema): z.infer<Schema> {
  const result = schema.safeParse(query.record());
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new InvalidArgument(`invalid query parameter ${JSON.stringify(issue?.path.join("."))}: ${issue?.message}`);
  }
  return result.data;
}

function placeOf({ layer, since, changes }: Omit<TreePlace, "name">): ImagePlace {
  return {
    changesOnly: changes === "1",
    ...(layer === undefined ? {} : { layer }),
    ...(since === undefined ? {} : { since }),
  };
}
