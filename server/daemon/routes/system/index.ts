import { InvalidArgument, isEngineError, Unknown } from "../../../engine/errdefs/errors.ts";
import { sharedSizes, totalLayerSize } from "../../../engine/images/history.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { atLeast, maximumVersion, minimumVersion } from "../../http/api-version.ts";
import { readJson } from "../../http/body.ts";
import { json, type Reply, text } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { imageSummary } from "../../translate/image-json.ts";
import { containerSummary } from "../../translate/container-summary.ts";
import { authSchema, registryDomain, toAuth } from "../../translate/registry-auth.ts";
import { isoTime } from "../../translate/time.ts";
import { withoutIntermediate } from "../images/select.ts";
import { imageNameOf, networksOf, sizesOf } from "../containers/surroundings.ts";
import type { SharedServices } from "../services.ts";
import type { Volume } from "../../../engine/volumes/volume-service.ts";
import { volumeJson } from "../volumes.ts";
import { cacheRecordJson } from "../build/cache.ts";
import { eventRoutes } from "./events.ts";
import { infoJson } from "./info.ts";

type Needs = Pick<
  TenantEngine,
  "transfer" | "tenant" | "images" | "containers" | "networks" | "volumes" | "events" | "builder"
>;

const pingHeaders = {
  // 1: clients build with the classic endpoint.
  "Builder-Version": "1",
  Swarm: "inactive",
  "Cache-Control": "no-cache, no-store, must-revalidate",
  Pragma: "no-cache",
};

export function systemRoutes(engine: Needs, shared: SharedServices): Route[] {
  return [
    route("GET", "/_ping", () => text("OK", 200, pingHeaders)),
    route("HEAD", "/_ping", () => text("", 200, pingHeaders)),
    route("GET", "/version", () => json(versionJson(shared))),
    route("GET", "/info", ({ version }) => json(infoJson(engine, shared, version))),
    route("GET", "/system/df", async (call) => json(await diskUsage(call, engine, shared))),
    route("POST", "/auth", (call) => login(call, engine)),
    ...eventRoutes(engine),
  ];
}

/** `docker login`: the client keeps the credentials, if the registry takes them. */
async function login(call: Call, { transfer }: Pick<Needs, "transfer">): Promise<Reply> {
  const body = await readJson(call, authSchema, [], { type: "types.AuthConfig", empty: "EOF", unclassed: true });
  try {
    await transfer.login(registryDomain(body.serveraddress), toAuth(body) ?? {}, call.signal);
  } catch (error) {
    throw isEngineError(error, "unavailable") ? new Unknown(error.message, { cause: error }) : error;
  }
  return json({ IdentityToken: "", Status: "Login Succeeded" });
}

/** Engine API, SystemVersion. */
function versionJson({ host }: Pick<SharedServices, "host">): object {
  const common = {
    ApiVersion: maximumVersion,
    MinAPIVersion: minimumVersion,
    Arch: host.architecture,
    BuildTime: isoTime(host.startedAt),
    GitCommit: host.gitCommit,
    KernelVersion: host.kernelVersion,
    Os: "linux",
    GoVersion: "",
  };
  return {
    Platform: { Name: "Drydock" },
    Components: [
      {
        Name: "Engine",
        Version: host.engineVersion,
        Details: { ...common, Experimental: "false", NodeVersion: host.nodeVersion },
      },
      ...host.runtimes.map(({ name, version }) => ({ Name: name, Version: version, Details: { GitCommit: "" } })),
    ],
    Version: host.engineVersion,
    ...common,
  };
}

const diskUsageTypes = new Set(["container", "image", "volume", "build-cache"]);

/** What is in other volumes is not the engine's (moby, volume/service, LocalVolumesSize). */
const isCounted = ({ driver, options }: Volume): boolean => driver === "local" && Object.keys(options).length === 0;

/** `docker system df` (Engine API, SystemDataUsage). */
async function diskUsage({ query, version }: Call, engine: Needs, shared: SharedServices): Promise<object> {
  const wanted = new Set(atLeast(version, "1.42") ? query.all("type") : []);
  const unknown = [...wanted].find((type) => !diskUsageTypes.has(type));
  if (unknown !== undefined) {
    throw new InvalidArgument(`unknown object type: ${unknown}`);
  }
  const has = (type: string) => wanted.size === 0 || wanted.has(type);
  const images = withoutIntermediate(engine.images.list());
  const containers = engine.containers.list().toSorted((a, b) => b.createdAt - a.createdAt);
  const now = Date.now();
  const sharedByImage = sharedSizes(images, shared.layers);
  const records = has("build-cache") ? await engine.builder.cache.list() : [];
  return {
    LayersSize: has("image") ? totalLayerSize(engine.images.list(), shared.layers) : 0,
    // Gone since 1.42, where the sizes of the records are added up.
    ...(atLeast(version, "1.42") ? {} : { BuilderSize: 0 }),
    Images: has("image")
      ? images.map((image) => {
          const users = containers.filter(({ imageId }) => imageId === image.id).length;
          return imageSummary(image, { sharedSize: sharedByImage.get(image.id) ?? 0, containers: users }, version);
        })
      : null,
    Containers: has("container")
      ? await Promise.all(
          containers.map(async (container) =>
            containerSummary(
              container,
              {
                imageName: imageNameOf(container, engine),
                networks: networksOf(container, engine.networks),
                sizes: await sizesOf(container, engine, shared),
                version,
              },
              now,
            ),
          ),
        )
      : null,
    Volumes: has("volume")
      ? await Promise.all(
          engine.volumes
            .list()
            .filter(isCounted)
            .map(async (volume) =>
              volumeJson(volume, {
                bytes: await engine.volumes.usage(volume.name),
                users: engine.volumes.users(volume.name).length,
              }),
            ),
        )
      : null,
    BuildCache: has("build-cache") ? records.map((record) => cacheRecordJson(record, version)) : null,
  };
}
