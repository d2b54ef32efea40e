import { posix } from "node:path";
import { stepLabel } from "../../contract/build-record.ts";
import type { ContainerEnding } from "../../contract/extension-api.ts";
import type { ContainerView, PublishedPort } from "../../contract/playground-api.ts";
import { workstation } from "../../contract/playground-api.ts";
import type { ListedContainer } from "../client/docker-client.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { Problem } from "../http/problem.ts";

/** How often to look at what no event tells of (listening ports), ms. */
const portInterval = 1500;
/** Events that come together are answered by one look, ms. */
const settle = 60;

/** The list of containers now, and again whenever it differs. Ends with the event stream (also a broken one) or `signal`. */
export async function* watchContainers(tenant: TenantClient, signal: AbortSignal): AsyncGenerator<ContainerView[]> {
  const events = await tenant.quietDocker.events(signal);
  let changed = Promise.withResolvers<void>();
  const over = new AbortController();
  const finish = (error?: Error): void => {
    over.abort(error);
    changed.resolve();
  };
  events.on("data", () => changed.resolve());
  events.on("end", () => finish());
  events.on("close", () => finish());
  events.on("error", finish);
  try {
    let last = "";
    while (!over.signal.aborted && !signal.aborted) {
      changed = Promise.withResolvers<void>();
      const views = await listContainers(tenant);
      const text = JSON.stringify(views);
      if (text !== last) yield views;
      last = text;
      const quiet = views.every((view) => view.workstation || !changesQuietly(view));
      await waitFor(changed.promise, quiet ? undefined : portInterval);
      if (!over.signal.aborted) await new Promise((resolve) => setTimeout(resolve, settle));
    }
  } finally {
    events.destroy();
  }
}

/** Every container of the tenant but shells in steps of builds, the newest first, with the ports it listens on. */
export async function listContainers(tenant: TenantClient): Promise<ContainerView[]> {
  const listed = await tenant.quietDocker.containers();
  const own = listed.filter(({ Labels }) => Labels?.[stepLabel] === undefined);
  const views = await Promise.all(own.map((container) => toView(tenant, container)));
  return views.toSorted((a, b) => b.createdAt - a.createdAt || a.name.localeCompare(b.name));
}

/** Whether something may change that no event tells of: a port that is listened on, a start that fails. */
function changesQuietly({ state, error }: ContainerView): boolean {
  return state === "running" || (state === "created" && error === undefined);
}

async function toView(tenant: TenantClient, container: ListedContainer): Promise<ContainerView> {
  const name = container.Names[0]?.replace(/^\//, "") ?? container.Id.slice(0, 12);
  const exited = /^Exited \((\d+)\)/.exec(container.Status);
  const health = healthOf(container.Status);
  const isWorkstation = name === workstation;
  const isServing = container.State === "running" && !isWorkstation;
  const ports = isServing ? await unlessGone(tenant.ports(container.Id), []) : [];
  const failed = container.State === "created" || (exited !== null && exited[1] !== "0");
  const inspected = failed ? await unlessGone(tenant.quietDocker.inspect(container.Id), undefined) : undefined;
  const error = inspected?.error ?? "";
  const ending = exited !== null ? endingOf(await unlessGone(tenant.ending(container.Id), undefined)) : {};
  return {
    id: container.Id,
    name,
    image: container.Image,
    command: container.Command ?? "",
    state: container.State,
    ...(exited ? { exitCode: Number(exited[1]) } : {}),
    ...ending,
    ...(error === "" ? {} : { error }),
    ...(health === undefined ? {} : { health }),
    createdAt: container.Created * 1000,
    ports,
    published: publishedPorts(container),
    ...composeOf(container),
    workstation: isWorkstation,
  };
}

/** Who asked for its end knows why: memory counts where nobody did. */
function endingOf(ending: ContainerEnding | undefined): Pick<ContainerView, "ending"> {
  if (ending?.asked === true) return { ending: "stopped" };
  return ending?.outOfMemory === true ? { ending: "out-of-memory" } : {};
}

/** `Up 3 minutes (health: starting)`, `Up 3 minutes (unhealthy)` */
function healthOf(status: string): ContainerView["health"] {
  const [, health] = /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status) ?? [];
  return health as ContainerView["health"];
}

/** Labels of Compose, which has its files by their paths in the workstation. */
function composeOf({ Labels }: ListedContainer): Pick<ContainerView, "compose"> {
  const label = (name: string): string => Labels?.[`com.docker.compose.${name}`] ?? "";
  const [project, service] = [label("project"), label("service")];
  if (project === "" || service === "") return {};
  const [first = ""] = label("project.config_files").split(",");
  const file = posix.resolve(label("project.working_dir") || "/workspace", first).replace(/^\/workspace\//, "");
  return { compose: { project, service, file } };
}

function publishedPorts({ Ports }: ListedContainer): PublishedPort[] {
  return (Ports ?? []).flatMap(({ IP = "", PrivatePort, PublicPort, Type }) =>
    PublicPort === undefined ? [] : [{ protocol: Type, containerPort: PrivatePort, address: IP, port: PublicPort }],
  );
}

/** A container may go away between two questions: the next event brings the new list. @throws every other Problem */
async function unlessGone<Answer, Instead>(answer: Promise<Answer>, instead: Instead): Promise<Answer | Instead> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return instead;
    throw error;
  }
}

async function waitFor(event: Promise<void>, limit: number | undefined): Promise<void> {
  if (limit === undefined) return event;
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, limit);
  await Promise.race([event, promise]);
  clearTimeout(timer);
}
