import { z } from "zod";
import type { BuildRequest } from "../../../engine/builder/builder.ts";
import { InvalidArgument } from "../../../engine/errdefs/errors.ts";
import type { ResourceLimits } from "../../../engine/runtime/spec/resources.ts";
import type { Ulimit } from "../../../engine/runtime/spec/rlimits.ts";
import { check } from "../../http/body.ts";
import type { Query } from "../../http/query.ts";
import type { Call } from "../../http/route.ts";
import { registryConfig } from "../../translate/registry-auth.ts";
import { buildParametersNotRead } from "../../unsupported/fields.ts";
import { refuseParameters } from "../../unsupported/refuse.ts";
import { parsePlatform } from "../images/platform.ts";

/**
 * The parameters of `POST /build` (Engine API, ImageBuild) but for the context.
 * @throws NotImplemented for what would change the result and is not there
 */
export function buildParameters({
  query,
  headers,
}: Pick<Call, "query" | "headers">): Omit<BuildRequest, "id" | "context" | "signal" | "onEvent"> {
  refuseParameters(query, buildParametersNotRead);
  const target = query.string("target");
  const network = query.string("networkmode");
  const platform = parsePlatform(query);
  const limits = buildLimits(query);
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
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ulimits: ulimits(query),
    ...(shmSize === undefined || shmSize <= 0 ? {} : { shmSize }),
  };
}

/** What one RUN may use. Zero is "not limited". */
function buildLimits(query: Query): ResourceLimits {
  const limits = {
    memory: query.int("memory"),
    memorySwap: query.int("memswap"),
    cpuShares: query.int("cpushares"),
    cpuPeriod: query.int("cpuperiod"),
    cpuQuota: query.int("cpuquota"),
    cpusetCpus: query.string("cpusetcpus"),
    cpusetMems: query.string("cpusetmems"),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined && value !== 0));
}

const ulimitsSchema = z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })).nullish();

function ulimits(query: Query): Ulimit[] {
  const list = check(ulimitsSchema, query.json("ulimits")) ?? [];
  return list.map((limit) => ({ name: limit.Name, soft: limit.Soft, hard: limit.Hard }));
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
