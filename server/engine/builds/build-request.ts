import type { BuildStart, BuildSummary } from "../../contract/extension-api.ts";
import type { BuildRequest } from "../builder/builder.ts";
import { InvalidArgument } from "../errdefs/errors.ts";
import { parsePlatform } from "../oci/platform.ts";
import type { Platform } from "../oci/types.ts";
import type { RegistryAuth } from "../remotes/remotes.ts";
import type { BuildInputs } from "./build-inputs.ts";
import type { BuildRun } from "./build-run.ts";

/** A registry's credentials by its domain (`docker.io`, `registry.example:5000`); never kept. */
export type Credentials = (domain: string) => RegistryAuth | undefined;

/** BuildKit's name of it (`docker buildx build --allow`). */
const insecure = "security.insecure";

/**
 * What a client asks of the builder, files aside (`openInputs`).
 * @throws InvalidArgument for a platform, a path or a host that is none
 */
export function checkedRequest(
  build: BuildStart,
): Omit<BuildRequest, "id" | "context" | "signal" | "onEvent" | "secrets" | "contexts" | "cacheFrom" | "cacheTo"> {
  const path = build.dockerfile ?? "Dockerfile";
  if (path.startsWith("/") || path.split("/").includes("..")) {
    throw new InvalidArgument(
      `the Dockerfile's path "${path}" leads out of the context: give its text (dockerfileText) instead`,
    );
  }
  const wrong = build.extraHosts?.find((host) => !/^[^:=]+[:=].+$/.test(host));
  if (wrong !== undefined) {
    throw new InvalidArgument(`bad format for add-host: "${wrong}": expected NAME:ADDRESS`);
  }
  const unknown = build.allow?.find((entitlement) => entitlement !== insecure);
  if (unknown !== undefined) {
    throw new InvalidArgument(`unknown entitlement "${unknown}": there is ${insecure}`);
  }
  if (build.platform?.includes(",") === true) {
    throw new InvalidArgument(`platform ${build.platform}: an image here is of one platform: build once for each`);
  }
  const platform: Platform | undefined = build.platform ? parsePlatform(build.platform) : undefined;
  return {
    dockerfile: build.dockerfileText === undefined ? { path } : { text: build.dockerfileText, name: path },
    tags: build.tags,
    buildArgs: build.buildArgs ?? {},
    labels: build.labels ?? {},
    noCache: build.noCache ?? false,
    noCacheStages: build.noCacheStages ?? [],
    pull: build.pull ?? false,
    extraHosts: build.extraHosts ?? [],
    insecure: build.allow?.includes(insecure) === true,
    ulimits: build.ulimits ?? [],
    ...(build.target ? { target: build.target } : {}),
    ...(platform === undefined ? {} : { platform }),
    ...(build.network === undefined ? {} : { network: build.network }),
    ...(build.shmSize === undefined ? {} : { shmSize: build.shmSize }),
  };
}

export function requestOf(
  { id }: BuildSummary,
  checked: ReturnType<typeof checkedRequest>,
  { context, secrets, contexts, cacheFrom, cacheTo }: BuildInputs,
  { run, credentials }: { run: BuildRun; credentials: Credentials | undefined },
): BuildRequest {
  return {
    id,
    ...checked,
    context,
    secrets,
    contexts,
    cacheFrom,
    cacheTo,
    ...(credentials === undefined ? {} : { auth: credentials }),
    signal: run.canceller.signal,
    onEvent: (event) => run.add(event),
  };
}
