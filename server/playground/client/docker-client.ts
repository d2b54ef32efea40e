import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { z } from "zod";
import { workstationRole } from "../../contract/extension-api.ts";
import type { ContainerAction } from "../../contract/playground-api.ts";
import { Problem } from "../http/problem.ts";
import { readNdjson } from "./ndjson.ts";
import type { UnixClient } from "./unix-client.ts";

/** `GET /containers/json`, what is used of it. */
const containerListSchema = z.array(
  z.object({
    Id: z.string(),
    Names: z.array(z.string()),
    Image: z.string(),
    Command: z.string().nullish(),
    Created: z.number(),
    State: z.enum(["created", "running", "paused", "restarting", "removing", "exited", "dead"]),
    Status: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Ports: z
      .array(
        z.object({
          IP: z.string().optional(),
          PrivatePort: z.number(),
          PublicPort: z.number().optional(),
          Type: z.string(),
        }),
      )
      .nullish(),
  }),
);
export type ListedContainer = z.infer<typeof containerListSchema>[number];

const imageListSchema = z.array(
  z.object({
    Id: z.string(),
    RepoTags: z.array(z.string()).nullish(),
    Size: z.number(),
    Created: z.number(),
    Labels: z.record(z.string(), z.string()).nullish(),
  }),
);
export type ListedImage = z.infer<typeof imageListSchema>[number];

const inspectSchema = z.object({
  Id: z.string(),
  State: z.object({ Running: z.boolean(), Error: z.string().optional() }),
});
const createdSchema = z.object({ Id: z.string() });

/** `POST /containers/create`, what is used of it. */
export interface CreateContainer {
  Image: string;
  Cmd?: string[];
  Env?: string[];
  Hostname?: string;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  HostConfig?: { Binds?: string[] };
}

const version = "/v1.41";

function containerPath(id: string): string {
  return `${version}/containers/${encodeURIComponent(id)}`;
}

/** The few calls of the Docker Engine API that the page needs. */
export class DockerClient {
  readonly #http: Pick<UnixClient, "open" | "json" | "done">;

  constructor(http: Pick<UnixClient, "open" | "json" | "done">) {
    this.#http = http;
  }

  /** All of them. The engine lists the workstation only for those who ask for it. */
  async containers(): Promise<ListedContainer[]> {
    return containerListSchema.parse(await this.containersRaw());
  }

  /** As the engine tells them. */
  async containersRaw(): Promise<unknown[]> {
    const { label, value } = workstationRole;
    const lists = await Promise.all(
      [undefined, JSON.stringify({ label: [`${label}=${value}`] })].map((filters) =>
        this.#http.json<{ Id: string }[]>(`${version}/containers/json`, { query: { all: "1", filters } }),
      ),
    );
    return [...new Map(lists.flat().map((container) => [container.Id, container])).values()];
  }

  networks(): Promise<unknown> {
    return this.#http.json(`${version}/networks`);
  }

  async inspect(id: string): Promise<{ id: string; running: boolean; error: string }> {
    const found = inspectSchema.parse(await this.inspectRaw(id));
    return { id: found.Id, running: found.State.Running, error: found.State.Error ?? "" };
  }

  /** As the engine tells it. */
  inspectRaw(id: string): Promise<unknown> {
    return this.#http.json(`${containerPath(id)}/json`);
  }

  top(id: string): Promise<unknown> {
    return this.#http.json(`${containerPath(id)}/top`, {
      query: { ps_args: "-eo pid,ppid,user,stat,pcpu,rss,time,args" },
    });
  }

  /** NDJSON of statistics, one a second. */
  stats(id: string, signal: AbortSignal): Promise<IncomingMessage> {
    return this.#http.open(`${containerPath(id)}/stats`, { query: { stream: "1" }, signal });
  }

  /** A tar of a file or directory of a container. */
  archive(id: string, path: string): Promise<IncomingMessage> {
    return this.#http.open(`${containerPath(id)}/archive`, { query: { path } });
  }

  /** Unpacks a tar in a directory of a container. */
  putArchive(id: string, path: string, body: Readable): Promise<void> {
    return this.#http.done(`${containerPath(id)}/archive`, { method: "PUT", query: { path }, body });
  }

  async create(body: CreateContainer, name?: string): Promise<string> {
    const options = { method: "POST", query: { name }, json: body };
    return createdSchema.parse(await this.#http.json(`${version}/containers/create`, options)).Id;
  }

  act(id: string, action: ContainerAction): Promise<void> {
    return this.#http.done(`${containerPath(id)}/${action}`, { method: "POST" });
  }

  remove(id: string): Promise<void> {
    const query = { force: "1", v: "1" };
    return this.#http.done(containerPath(id), { method: "DELETE", query });
  }

  async images(): Promise<ListedImage[]> {
    return imageListSchema.parse(await this.#http.json(`${version}/images/json`));
  }

  /** Fetches an image, and waits until it is there. */
  async pull(image: string): Promise<void> {
    const tag = /(:[^/]+|@[^/]+)$/.test(image) ? undefined : "latest";
    const options = { method: "POST", query: { fromImage: image, tag } };
    const progress = await this.#http.open(`${version}/images/create`, options);
    for await (const [lines] of readNdjson<{ error?: string }>(progress)) {
      const failed = lines.find((line) => line.error !== undefined);
      if (failed?.error !== undefined) throw new Problem(404, failed.error);
    }
  }

  /** NDJSON of Docker events from now on. */
  events(signal: AbortSignal): Promise<IncomingMessage> {
    return this.#http.open(`${version}/events`, { signal });
  }
}
