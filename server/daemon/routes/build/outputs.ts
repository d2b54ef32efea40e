import { z } from "zod";
import { InvalidArgument, NotImplemented } from "../../../engine/errdefs/errors.ts";
import { goJsonError } from "../../http/go-json.ts";
import type { Query } from "../../http/query.ts";

const schema = z.array(z.object({ Type: z.string(), Attrs: z.record(z.string(), z.string()).nullish() })).nullish();

/**
 * The parameter `outputs` (Engine API, ImageBuild): a JSON array of at most one output of the type `moby`, which is the
 * store of images. How it is to be compressed says nothing of an image that is here, for its layers are kept unpacked.
 * @returns the names that it gives the image
 * @throws InvalidArgument, NotImplemented for what would leave the store
 */
export function outputNames(query: Query): string[] {
  const text = query.string("outputs");
  if (text === undefined) return [];
  const [output, ...more] = parsed(text);
  if (more.length > 0) throw new InvalidArgument("multiple outputs not supported");
  if (output === undefined) return [];
  const { Type: type, Attrs: attributes } = output;
  if (type !== "moby" && type !== "image") {
    throw new NotImplemented(
      `outputs of the type ${JSON.stringify(type)} need a session, which only BuildKit has: leave it out and use docker save ` +
        "or docker cp, or build the workspace (POST /drydock/v1/builds)",
    );
  }
  if (attributes?.["push"] === "true") {
    throw new NotImplemented("an image is not pushed by its build: leave push out, and docker push it");
  }
  return (attributes?.["name"] ?? "").split(",").filter((name) => name !== "");
}

function parsed(text: string): NonNullable<z.output<typeof schema>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InvalidArgument(`invalid outputs specified: ${goJsonError(text)}`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (!result.success) {
    throw new InvalidArgument("invalid outputs specified: expected an array of objects with Type and Attrs");
  }
  return result.data ?? [];
}
