import { normalize } from "node:path/posix";
import { z } from "zod";
import type { BuildService, BuildStart } from "../../engine/builds/build-service.ts";
import { readJson } from "../http/body.ts";
import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import { bytes, empty, json, lines, type Reply } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";
import { registryConfig } from "../translate/registry-auth.ts";

const outputTypes = z.enum(["tar", "oci", "docker"]);
const stringMap = z.record(z.string(), z.string());
/** Of what each list of builds tells again: no path is longer. */
const name = z.string().max(4_096);
/** `.`, `./app/` and `/app` as `docker build` takes them, relative to the workspace. */
const directory = name.transform((path) => normalize(`/${path}`).replace(/^\/|\/$/g, ""));
const startSchema = z.object({
  contextPath: directory.default(""),
  dockerfile: name.min(1).optional(),
  dockerfileText: z.string().optional(),
  tags: z.array(name).max(100),
  target: name.optional(),
  platform: z.string().optional(),
  network: z.string().optional(),
  allow: z.array(z.string()).optional(),
  extraHosts: z.array(z.string()).optional(),
  ulimits: z.array(z.object({ name: z.string(), soft: z.int(), hard: z.int() })).optional(),
  shmSize: z.int().positive().optional(),
  buildArgs: stringMap.optional(),
  labels: stringMap.optional(),
  noCache: z.boolean().optional(),
  noCacheStages: z.array(z.string()).optional(),
  cacheFrom: z.array(z.string()).optional(),
  cacheTo: z.array(z.string()).optional(),
  outputs: z.array(z.string()).optional(),
  pull: z.boolean().optional(),
  secrets: z
    .record(z.string(), z.union([z.strictObject({ value: z.string() }), z.strictObject({ file: z.string() })]))
    .optional(),
  ssh: stringMap.optional(),
  contexts: stringMap.optional(),
});

/** Builds of the workspace that go on without their client (contract/extension-api.ts). */
export function buildRecordRoutes(builds: BuildService): Route[] {
  return [
    route("POST", "/drydock/v1/builds", async (call) => {
      const body = await readJson(call, startSchema);
      // What is undefined is left out: the type of the contract says so too.
      const build = JSON.parse(JSON.stringify(body)) as BuildStart;
      return json(builds.start(build, registryConfig(call.headers["x-registry-config"])), 202);
    }),
    route("GET", "/drydock/v1/builds", ({ query, signal }) =>
      query.bool("follow") ? ndjson(builds.watch(signal)) : json(builds.list()),
    ),
    route("GET", "/drydock/v1/builds/{id}", ({ params }) => json(builds.get(params["id"] ?? ""))),
    route("GET", "/drydock/v1/builds/{id}/events", ({ params, query, signal }) => {
      return ndjson(builds.events(params["id"] ?? "", { from: query.int("from") ?? 0, signal }));
    }),
    route("GET", "/drydock/v1/builds/{id}/output", async ({ params, query, signal }) => {
      const type = outputTypes.safeParse(query.string("type") ?? "tar");
      if (!type.success) {
        throw new InvalidArgument(`there is no output of the type ${query.string("type")}: tar, oci, docker`);
      }
      return bytes(await builds.output(params["id"] ?? "", { type: type.data, signal }), "application/x-tar");
    }),
    route("POST", "/drydock/v1/builds/{id}/cancel", async ({ params }) => {
      await builds.cancel(params["id"] ?? "");
      return empty();
    }),
  ];
}

function ndjson(values: AsyncIterable<unknown>): Reply {
  return lines(
    async (write) => {
      for await (const value of values) {
        await write(value);
      }
    },
    { immediate: true, contentType: "application/x-ndjson" },
  );
}
