import type {
  ContainerEnding,
  ContainerOutput,
  DirectoryListing,
  LimitUsage,
  ListeningPort,
} from "../../contract/extension-api.ts";
import type { RunAnatomy, RunStep } from "../../contract/run-anatomy.ts";
import type { Container } from "../../engine/containers/container.ts";
import { hasOwnStack } from "../../engine/network/container-files.ts";
import type { TenantEngine } from "../../engine/tenant-engine.ts";
import { type LimitName, limitNames } from "../../engine/tenants/limits.ts";
import { storageDriverOf } from "../host-info.ts";
import { empty, json, lines } from "../http/reply.ts";
import { type Route, route } from "../http/route.ts";

type Needs = Pick<TenantEngine, "tenant" | "containers" | "streams" | "files" | "networks">;

export interface ContainerProbes {
  /** Ports that processes in the network namespace of a process listen on. @throws NotFound when it has exited */
  listeningPorts: (pid: number) => Promise<Omit<ListeningPort, "address">[]>;
  /** Which of these TCP ports take a connection. */
  answeringPorts: (address: string, ports: readonly number[]) => Promise<number[]>;
  /** What the tenant uses now, in the units of its limits, and who has how much of the disk. */
  usage: () => Promise<{ used: Partial<Record<LimitName, number>>; diskParts: { name: string; bytes: number }[] }>;
}

/** Output that can be taken up again, ports, limits (contract/extension-api.ts). */
export function containerExtensionRoutes(engine: Needs, probes: ContainerProbes): Route[] {
  return [
    route("GET", "/drydock/v1/containers/{id}/output", ({ params, query, signal }) => {
      const { id } = engine.containers.get(params["id"] ?? "");
      const tail = query.int("tail");
      const from = tail === undefined ? { offset: query.int("offset") ?? 0 } : { tail };
      const records = engine.streams.output(id, { ...from, signal });
      return lines(
        async (write) => {
          for await (const { offset, stream, time, text } of records) {
            await write({ offset, stream, time, text } satisfies ContainerOutput);
          }
        },
        // What may be silent for long begins at once; what only reads may still fail with a status.
        { immediate: tail === undefined, contentType: "application/x-ndjson" },
      );
    }),
    route("GET", "/drydock/v1/containers/{id}/ports", async ({ params }) =>
      json(await ports(params["id"] ?? "", engine, probes)),
    ),
    route("GET", "/drydock/v1/containers/{id}/ending", ({ params }) => {
      const { oomKilled, stoppedByUser, pid } = engine.containers.get(params["id"] ?? "");
      const over = pid === 0;
      return json({ asked: over && stoppedByUser, outOfMemory: over && oomKilled } satisfies ContainerEnding);
    }),
    // That it was asked is all there is to it: every request but a reading one is activity.
    route("POST", "/drydock/v1/activity", () => empty()),
    route("GET", "/drydock/v1/containers/{id}/directory", async ({ params, query }) =>
      json((await engine.files.list(params["id"] ?? "", query.path())) satisfies DirectoryListing),
    ),
    route("GET", "/drydock/v1/containers/{id}/anatomy", ({ params }) =>
      json(anatomyOf(engine.containers.get(params["id"] ?? ""))),
    ),
    route("GET", "/drydock/v1/limits", async () => json(await limits(engine, probes))),
  ];
}

/** What was noted, and how it ended. */
function anatomyOf({ id, name, anatomy, exitCode, oomKilled, startedAt, finishedAt }: Container): RunAnatomy {
  const steps = [...(anatomy?.created ?? []), ...(anatomy?.started ?? [])].map(
    // As docker info and docker inspect name it.
    (step): RunStep => (step.kind === "layer" ? { ...step, driver: storageDriverOf(step.driver) } : step),
  );
  // While it runs again, `finishedAt` is of the run before.
  const ran =
    startedAt === undefined || finishedAt === undefined || finishedAt < startedAt
      ? undefined
      : { startedAt, finishedAt };
  const end: RunStep[] =
    ran === undefined
      ? []
      : [
          {
            kind: "end",
            startedAt: ran.startedAt,
            duration: Math.max(0, ran.finishedAt - ran.startedAt),
            exitCode,
            oomKilled,
          },
        ];
  return { container: id, name, steps: [...steps, ...end] };
}

async function ports(name: string, engine: Needs, probes: ContainerProbes): Promise<ListeningPort[]> {
  const container = engine.containers.get(name);
  const [endpoint] = engine.networks.endpoints({ sandboxId: container.id });
  if (container.pid === 0 || endpoint === undefined) {
    return [];
  }
  const found = hasOwnStack(container.host.runtime)
    ? (await probes.answeringPorts(endpoint.ipv4, namedPorts(container))).map((port) => ({
        protocol: "tcp" as const,
        port,
      }))
    : await probes.listeningPorts(container.pid);
  return found.map((port) => ({ ...port, address: endpoint.ipv4 }));
}

/** TCP ports that the image exposes or the container publishes. */
function namedPorts({ config, ports: published }: Container): number[] {
  const all = [
    ...config.exposedPorts,
    ...published.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`),
  ];
  return all.flatMap((port) => (port.endsWith("/tcp") ? [Number.parseInt(port, 10)] : []));
}

async function limits({ tenant }: Needs, probes: ContainerProbes): Promise<LimitUsage> {
  const { used, diskParts } = await probes.usage();
  const entries = limitNames.map((name) => {
    const [now, limit] = [used[name], tenant.limits[name]];
    return [name, { ...(now === undefined ? {} : { used: now }), ...(limit === undefined ? {} : { limit }) }];
  });
  return { ...(Object.fromEntries(entries) as Omit<LimitUsage, "diskParts">), diskParts };
}
