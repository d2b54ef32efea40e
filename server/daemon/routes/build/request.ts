import { z } from "zod";
import type { BuildRequest } from "../../../engine/builder/builder.ts";
import { InvalidArgument, messageOf, Unknown } from "../../../engine/errdefs/errors.ts";
import { parseReference } from "../../../engine/reference/reference.ts";
import type { ResourceLimits } from "../../../engine/runtime/spec/resources.ts";
import type { Ulimit } from "../../../engine/runtime/spec/rlimits.ts";
import { check } from "../../http/body.ts";
import type { Query } from "../../http/query.ts";
import type { Call } from "../../http/route.ts";
import { goNumberError } from "../../translate/go-errors.ts";
import { registryConfig } from "../../translate/registry-auth.ts";
import { buildParametersNotRead } from "../../unsupported/fields.ts";
import { refuseParameters } from "../../unsupported/refuse.ts";
import { parsePlatform } from "../images/platform.ts";
import { outputNames } from "./outputs.ts";

/** All of a build but where it is from and whom it tells. */
export type BuildParameters = Omit<BuildRequest, "id" | "context" | "signal" | "onEvent">;

/**
 * The parameters of `POST /build` (Engine API, ImageBuild) but for the context.
 * @throws NotImplemented for what would change the result and is not there; InvalidArgument; Unknown where dockerd
 * answers 500
 */
export function buildParameters({
  query,
  headers,
  version,
}: Pick<Call, "query" | "headers" | "version">): BuildParameters {
  checkVersion(query);
  refuseOnLinux(query);
  refuseParameters(query, buildParametersNotRead);
  const cacheImages = check(z.array(z.string()).nullish(), query.json("cachefrom")) ?? [];
  const target = query.string("target");
  const network = query.string("networkmode");
  const platform = parsePlatform({ query, version });
  const limits = buildLimits(query);
  const shmSize = wholeNumber(query, "shmsize");
  const cgroupParent = query.string("cgroupparent");
  return {
    dockerfile: { path: query.string("dockerfile") ?? "Dockerfile" },
    tags: tags(query),
    buildArgs: buildArgs(query),
    labels: check(z.record(z.string(), z.string()).nullish(), query.json("labels", "error reading labels: ")) ?? {},
    noCache: query.bool("nocache"),
    pull: query.bool("pull"),
    ...(cacheImages.length === 0 ? {} : { cacheImages }),
    extraHosts: extraHosts(query),
    auth: registryConfig(headers["x-registry-config"]),
    ...(target === undefined ? {} : { target }),
    ...(network === undefined || network === "default" ? {} : { network }),
    ...(platform === undefined ? {} : { platform }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
    ulimits: ulimits(query),
    ...(cgroupParent === undefined || cgroupParent === "" ? {} : { cgroupParent }),
    ...(shmSize === undefined || shmSize <= 0 ? {} : { shmSize }),
  };
}

/** What dockerd refuses on Linux and without experimental features, in its words. @throws InvalidArgument */
function refuseOnLinux(query: Query): void {
  const isolation = query.string("isolation") ?? "default";
  if (isolation.toLowerCase() !== "default") {
    throw new InvalidArgument(`Unsupported isolation: ${JSON.stringify(isolation)}`);
  }
  if (query.bool("squash")) {
    throw new InvalidArgument("squash is only supported with experimental mode");
  }
  if (!["", "null", "[]"].includes(query.string("securityopt") ?? "")) {
    throw new InvalidArgument("The daemon on this platform does not support setting security options on build");
  }
}

function checkVersion(query: Query): void {
  const version = query.string("version");
  if (version !== undefined && version !== "1" && version !== "2") {
    throw new Unknown(`invalid version ${JSON.stringify(version)}`);
  }
}

/**
 * Names of an output count only where there are no tags.
 * @throws Unknown for a name that is none: dockerd finds it when it is about to build
 */
function tags(query: Query): string[] {
  const outputs = outputNames(query);
  const given = query.all("t").filter((tag) => tag !== "");
  const names = given.length > 0 ? given : outputs;
  try {
    for (const name of names) {
      if (parseReference(name).digest !== undefined) throw new Unknown("build tag cannot contain a digest");
    }
  } catch (error) {
    throw new Unknown(messageOf(error), { cause: error });
  }
  return names;
}

/** Whatever is no number is none (dockerd's Int64ValueOrZero). */
function numberOrNone(query: Query, name: string): number | undefined {
  return /^[+-]?\d{1,16}$/.test(query.string(name) ?? "") ? query.int(name) : undefined;
}

function wholeNumber(query: Query, name: string): number | undefined {
  const text = query.string(name);
  if (text !== undefined && numberOrNone(query, name) === undefined) {
    throw new Unknown(goNumberError(text, "ParseInt"));
  }
  return query.int(name);
}

/** What one RUN may use. Zero is "not limited". */
function buildLimits(query: Query): ResourceLimits {
  const limits = {
    memory: numberOrNone(query, "memory"),
    memorySwap: numberOrNone(query, "memswap"),
    cpuShares: numberOrNone(query, "cpushares"),
    cpuPeriod: numberOrNone(query, "cpuperiod"),
    cpuQuota: numberOrNone(query, "cpuquota"),
    cpusetCpus: query.string("cpusetcpus"),
    cpusetMems: query.string("cpusetmems"),
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined && value !== 0));
}

const ulimitsSchema = z.array(z.object({ Name: z.string(), Soft: z.number(), Hard: z.number() })).nullish();

function ulimits(query: Query): Ulimit[] {
  const list = check(ulimitsSchema, query.json("ulimits", "error reading ulimit settings: ")) ?? [];
  return list.map((limit) => ({ name: limit.Name, soft: limit.Soft, hard: limit.Hard }));
}

const buildArgsSchema = z.record(z.string(), z.string().nullable()).nullish();

function buildArgs(query: Query): Record<string, string | undefined> {
  const args = check(buildArgsSchema, query.json("buildargs", "error reading build args: ")) ?? {};
  // `--build-arg NAME` without a value: null, and unset in the build.
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, value ?? undefined]));
}

function extraHosts(query: Query): string[] {
  const values = query.all("extrahosts").filter((host) => host !== "");
  const [first] = values;
  if (values.length === 1 && first?.startsWith("[") === true) {
    return check(z.array(z.string()), query.json("extrahosts", "error reading extra hosts: "));
  }
  const hosts = values.flatMap((host) => host.split(","));
  for (const host of hosts) {
    if (!/^[^:=]+[:=].+$/.test(host)) {
      throw new InvalidArgument(`bad format for add-host: "${host}"`);
    }
  }
  return hosts;
}
