import { z } from "zod";
import type { BuildRequest } from "../../../engine/builder/builder.ts";
import { InvalidArgument, NotImplemented } from "../../../engine/errdefs/errors.ts";
import { check } from "../../http/body.ts";
import type { Query } from "../../http/query.ts";
import type { Call } from "../../http/route.ts";
import { registryConfig } from "../../translate/registry-auth.ts";
import { parsePlatform } from "../images/archives.ts";

/**
 * The parameters of `POST /build` (Engine API, ImageBuild) but for the context. Limits and cgroup parameters that
 * only bound a step more tightly than the tenant's own limits are accepted.
 * @throws NotImplemented for what would change the result and is not there
 */
export function buildParameters({
  query,
  headers,
}: Pick<Call, "query" | "headers">): Omit<BuildRequest, "id" | "context" | "signal" | "onEvent"> {
  refuseUnknown(query);
  const target = query.string("target");
  const network = query.string("networkmode");
  const platform = parsePlatform(query.string("platform"));
  const memory = query.int("memory");
  const shmSize = query.int("shmsize");
  return {
    dockerfile: { path: query.string("dockerfile") ?? "Dockerfile" },
    tags: query.all("t").filter((tag) => tag !== ""),
    buildArgs: buildArgs(query),
    labels: check(z.record(z.string(), z.string()).nullish(), query.json("labels")) ?? {},
    noCache: query.bool("nocache"),
    pull: query.bool("pull"),
    extraHosts: extraHosts(query),
    auth: registryConfig(headers["x-registry-config"]),
    ...(target === undefined ? {} : { target }),
    ...(network === undefined || network === "default" ? {} : { network }),
    ...(platform === undefined ? {} : { platform }),
    ...(memory === undefined || memory <= 0 ? {} : { memory }),
    ...(shmSize === undefined || shmSize <= 0 ? {} : { shmSize }),
  };
}

function refuseUnknown(query: Query): void {
  if (query.string("version") === "2") {
    throw new NotImplemented("BuildKit is not implemented in this engine: build with DOCKER_BUILDKIT=0");
  }
  if (query.string("remote") !== undefined) {
    throw new NotImplemented("building from a URL is not implemented in this engine: send the context itself");
  }
  if (query.bool("squash")) {
    throw new NotImplemented("--squash is not implemented in this engine");
  }
  if (query.string("outputs") !== undefined) {
    throw new NotImplemented("--output is not implemented in this engine");
  }
}

function buildArgs(query: Query): Record<string, string | undefined> {
  const args = check(z.record(z.string(), z.string().nullable()).nullish(), query.json("buildargs")) ?? {};
  // `--build-arg NAME` without a value: null, and unset in the build.
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, value ?? undefined]));
}

function extraHosts(query: Query): string[] {
  const values = query.all("extrahosts").filter((host) => host !== "");
  const [first] = values;
  if (values.length === 1 && first?.startsWith("[") === true) {
    return check(z.array(z.string()), query.json("extrahosts"));
  }
  const hosts = values.flatMap((host) => host.split(","));
  for (const host of hosts) {
    if (!/^[^:=]+[:=].+$/.test(host)) {
      throw new InvalidArgument(`bad format for add-host: "${host}"`);
    }
  }
  return hosts;
}
