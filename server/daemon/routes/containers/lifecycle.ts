import { runtimePlaces } from "../../../engine/containers/init-layer.ts";
import type { z } from "zod";
import type { ResourceConfig } from "../../../engine/containers/container.ts";
import type { WaitCondition } from "../../../engine/containers/container-service.ts";
import { Conflict, InvalidArgument, isEngineError, messageOf, NotFound } from "../../../engine/errdefs/errors.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { checkSignal } from "../../../engine/containers/signals.ts";
import { atLeast } from "../../http/api-version.ts";
import { type BodyLimit, readJson, refuseStartBody } from "../../http/body.ts";
import { empty, json, type Reply } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { checkEndpoints } from "../../translate/check-endpoint.ts";
import { fitCreateToVersion, fitUpdateToVersion, mountsOfVersion } from "../../translate/create-by-version.ts";
import { newContainer } from "../../translate/container-request.ts";
import { Filters } from "../../translate/filters.ts";
import { resources, restartPolicy } from "../../translate/host-config.ts";
import { type CreateContainerBody, createContainerSchema, updateContainerSchema } from "../../translate/schemas.ts";
import { olderThan } from "../../translate/until.ts";
import { isLeftOut } from "../../translate/workstation.ts";
import { createContainerFields, startContainerParameters } from "../../unsupported/fields.ts";
import { refuseParameters } from "../../unsupported/refuse.ts";
import { checkCreatePlatform } from "../images/platform.ts";
import type { SharedServices } from "../services.ts";

type Needs = Pick<TenantEngine, "containers" | "images" | "events" | "networks">;

const conditions = new Set<string>(["not-running", "next-exit", "removed"]);

/** From create to remove. */
export function containerLifecycleRoutes(
  { containers, images, events, networks }: Needs,
  shared: Pick<SharedServices, "snapshots">,
): Route[] {
  const action = (path: string, act: (id: string, call: Call) => Promise<void>): Route =>
    route("POST", `/containers/{id*}/${path}`, async (call) => {
      await act(call.params["id"] ?? "", call);
      return empty();
    });
  const stopOptions = ({ query, version }: Call) => {
    const timeoutSeconds = query.int("t");
    const signal = atLeast(version, "1.42") ? query.string("signal") : undefined;
    return {
      ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
      ...(signal === undefined ? {} : { signal }),
    };
  };
  return [
    route("POST", "/containers/create", async (call) => {
      const body = await readJson(call, createContainerSchema, createContainerFields, undefined, allPorts);
      checkCreate(body);
      const notes = fitCreateToVersion(body, call.version);
      if (call.query.has("platform") && atLeast(call.version, "1.41")) {
        checkCreatePlatform(images.get(body.Image), body.Image, call);
      }
      const name = call.query.string("name");
      const wanted = newContainer(body, name);
      checkEndpoints(networks, wanted, call.version);
      wanted.host.mounts = mountsOfVersion(wanted.host.mounts, call.version);
      const { container, warnings } = await containers.create(wanted);
      return json({ Id: container.id, Warnings: [...notes, ...warnings] }, 201);
    }),
    route("POST", "/containers/prune", (call) => prune(call, { containers, events }, shared)),
    action("start", (id, call) => {
      refuseStartBody(call);
      refuseParameters(call.query, startContainerParameters);
      return containers.start(id);
    }),
    action("stop", (id, call) => containers.stop(id, stopOptions(call))),
    action("restart", (id, call) => containers.restart(id, stopOptions(call))),
    action("kill", async (id, { query }) => {
      const signal = query.string("signal");
      if (signal !== undefined) {
        checkSignal(signal);
      }
      try {
        await containers.kill(id, signal);
      } catch (error) {
        const message = `Cannot kill container: ${id}: ${messageOf(error)}`;
        if (isEngineError(error, "not_found")) {
          throw new NotFound(message, { cause: error });
        }
        if (isEngineError(error, "invalid_argument") && error.message.startsWith("The linux daemon")) {
          throw new InvalidArgument(message, { cause: error });
        }
        throw isEngineError(error, "conflict") ? new Conflict(message, { cause: error }) : error;
      }
    }),
    action("pause", (id) => containers.pause(id)),
    action("unpause", (id) => containers.unpause(id)),
    action("rename", (id, { query }) => {
      const name = query.string("name");
      if (name === undefined) {
        throw new InvalidArgument("Neither old nor new names may be empty");
      }
      return containers.rename(id, name);
    }),
    route("POST", "/containers/{id*}/update", async (call) => {
      if (call.headers["content-length"] === "0") {
        throw new InvalidArgument("invalid JSON: got EOF while reading request body");
      }
      const body = await readJson(call, updateContainerSchema);
      fitUpdateToVersion(body, call.version);
      const changes = Object.fromEntries(Object.entries(updatable(body)).filter(([, value]) => isSet(value)));
      const policy = body.RestartPolicy?.Name ? { restartPolicy: restartPolicy(body.RestartPolicy) } : {};
      const { warnings } = await containers.update(call.params["id"] ?? "", { ...changes, ...policy });
      return json({ Warnings: warnings.length === 0 ? null : warnings });
    }),
    route("POST", "/containers/{id*}/wait", (call) => wait(call, { containers })),
    // `db/alias` is the name of a link.
    route("DELETE", "/containers/{id*}", async ({ params, query }) => {
      if (query.bool("link")) {
        await containers.unlink(params["id"] ?? "");
        return empty();
      }
      await containers.remove(params["id"] ?? "", { force: query.bool("force"), volumes: query.bool("v") });
      return empty();
    }),
  ];
}

/** A container may publish each port there is, with its address. */
const allPorts: BodyLimit = { values: 6 * 65_536, bytes: 6 * 1024 * 1024 };

/** All else that a container is made with, each port it exposes among it: it is kept. */
const mostKept = 100_000;

/** @throws InvalidArgument in dockerd's words; of more values than are kept */
function checkCreate(body: CreateContainerBody): void {
  const kept = valuesIn({ ...body, HostConfig: { ...body.HostConfig, PortBindings: undefined } });
  if (kept > mostKept) {
    throw new InvalidArgument(
      `a container of ${kept} settings: at most ${mostKept} are kept, the ports it publishes not counted. Ask for fewer labels, variables or arguments, or put them into a file`,
    );
  }
  if (body.$given.every((field) => field === "HostConfig" || field === "NetworkingConfig")) {
    throw new InvalidArgument("Config cannot be empty in order to create a container");
  }
}

function valuesIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, inner) => sum + valuesIn(inner), 1);
}

const passedOver: ReadonlySet<string> = new Set([
  "ulimits",
  "oomKillDisable",
  "memorySwappiness",
  "kernelMemoryTcp",
  "blkioThrottles",
  "blkioWeightDevices",
  "oomScoreAdj",
  "cpuRealtimePeriod",
  "cpuRealtimeRuntime",
] satisfies (keyof ResourceConfig)[]);

/** What dockerd changes of a container's limits: the rest of Resources it passes over. */
function updatable(body: z.output<typeof updateContainerSchema>): Partial<ResourceConfig> {
  const { pidsLimit, ...all } = resources(body);
  const limits = Object.fromEntries(Object.entries(all).filter(([name]) => !passedOver.has(name)));
  // 0 and below: none from now on.
  return body.PidsLimit === null || body.PidsLimit === undefined ? limits : { ...limits, pidsLimit: pidsLimit || -1 };
}

/** In an update, what is zero or empty is left as it is. */
function isSet(value: unknown): boolean {
  return Array.isArray(value)
    ? value.length > 0
    : value !== undefined && value !== 0 && value !== "" && value !== false;
}

function wait({ params, query, signal, version }: Call, { containers }: Pick<Needs, "containers">): Reply {
  const { id } = containers.get(params["id"] ?? "");
  // Before 1.30 there was one (Engine API version history).
  const condition = (atLeast(version, "1.30") ? query.string("condition") : undefined) ?? "not-running";
  if (!conditions.has(condition)) {
    throw new InvalidArgument(`invalid condition: "${condition}"`);
  }
  // The headers tell the client that the wait has begun: `docker run` starts the container only then.
  const value = containers.wait(id, condition as WaitCondition, signal).then(
    ({ exitCode, error }) => ({
      ...(error !== undefined ? { Error: { Message: error } } : atLeast(version, "1.42") ? {} : { Error: null }),
      StatusCode: exitCode,
    }),
    (error: unknown) => ({ StatusCode: -1, Error: { Message: messageOf(error) } }),
  );
  return { kind: "deferred", value };
}

/** Here dockerd takes what is no JSON for the client's mistake. @throws InvalidArgument */
function pruneFilters(query: Call["query"]): Filters {
  try {
    return Filters.parse(query, ["until", "label", "label!"]);
  } catch (error) {
    throw isEngineError(error, "unknown") ? new InvalidArgument(error.message, { cause: error }) : error;
  }
}

async function prune(
  { query }: Call,
  { containers, events }: Pick<Needs, "containers" | "events">,
  shared: Pick<SharedServices, "snapshots">,
): Promise<Reply> {
  const filters = pruneFilters(query);
  const isOld = olderThan(filters);
  const deleted: string[] = [];
  let bytes = 0;
  for (const container of containers.list()) {
    if (isLeftOut(container, filters)) continue;
    const stopped = container.pid === 0 && container.status !== "restarting" && container.status !== "removing";
    if (!stopped || !isOld(container.createdAt) || !filters.labels(container.config.labels)) {
      continue;
    }
    try {
      const usage = await shared.snapshots.usage(container.snapshotKey, runtimePlaces);
      await containers.remove(container.id, { force: false, volumes: false });
      deleted.push(container.id);
      bytes += usage.contents ?? usage.bytes;
    } catch (error) {
      // It was started or removed meanwhile.
      if (!isEngineError(error, "conflict", "not_found")) {
        throw error;
      }
    }
  }
  events.publish({ type: "container", action: "prune", actor: { id: "", attributes: { reclaimed: String(bytes) } } });
  return json({ ContainersDeleted: deleted.length === 0 ? null : deleted, SpaceReclaimed: bytes });
}
