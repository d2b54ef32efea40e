import { pipeline } from "node:stream/promises";
import { z } from "zod";
import { comparisonQuery, fileQuery, findQuery, layersQuery, treeQuery } from "../../contract/image-files.ts";
import { Problem } from "../http/problem.ts";
import type { Route, RouteContext } from "../http/router.ts";
import type { WorkspaceContext } from "./workspace-context.ts";

/** What is in the workspace's images: the engine's routes, passed through as streams. */
export function imageFileRoutes(context: WorkspaceContext): Route[] {
  const pass = (name: string, schema: z.ZodType): Route => ({
    method: "GET",
    pattern: `/api/w/:workspace/images/${name}`,
    access: "viewer",
    handle: async (route) => {
      const tenant = await context.tenant(route);
      const query = readQuery(route, schema);
      const answer = await tenant.http.open(`/drydock/v1/images/${name}`, { query });
      const { response } = route;
      response.statusCode = answer.statusCode ?? 200;
      // A file of an image is never a page on our origin.
      response.setHeader("content-type", name === "file" ? "application/octet-stream" : "application/json");
      response.setHeader("content-security-policy", "default-src 'none'; sandbox");
      response.setHeader("cache-control", "no-store");
      for (const header of ["content-length", "x-drydock-size"]) {
        const value = answer.headers[header];
        if (value !== undefined) response.setHeader(header, value);
      }
      await pipeline(answer, response);
    },
  });
  return [
    pass("layers", layersQuery),
    pass("tree", treeQuery),
    pass("find", findQuery),
    pass("file", fileQuery),
    pass("comparison", comparisonQuery),
  ];
}

/** What the schema knows of the query, as it came. */
function readQuery({ query }: RouteContext, schema: z.ZodType): Record<string, string> {
  const given = Object.fromEntries(query);
  const result = schema.safeParse(given);
  if (!result.success) {
    throw new Problem(400, z.prettifyError(result.error));
  }
  const known = new Set(Object.keys(result.data as object));
  return Object.fromEntries(Object.entries(given).filter(([name]) => known.has(name)));
}
