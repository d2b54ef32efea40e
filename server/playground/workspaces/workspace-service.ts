import { randomBytes } from "node:crypto";
import type { OpenWorkspace, WorkspaceView } from "../../contract/playground-api.ts";
import { workspaceIdPattern } from "../../contract/playground-api.ts";
import type { PlaygroundConfig } from "../config.ts";
import type { EngineClient } from "../client/engine-client.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { Problem } from "../http/problem.ts";
import type { SnippetRepository } from "../snippets/snippet-repository.ts";
import type { Examples } from "./examples.ts";
import { firstFiles, parentOfExample } from "./first-files.ts";
import type { Workspace, WorkspaceRepository } from "./workspace-repository.ts";

const minute = 60_000;
/** How long before containers are stopped a page is told, or half of a shorter time, ms: as the engine in terminals. */
const warnBefore = 10 * minute;

/** Workspaces of sessions, each with its tenant in the engine, made when it is first needed. */
export class WorkspaceService {
  readonly #workspaces: WorkspaceRepository;
  readonly #snippets: SnippetRepository;
  readonly #examples: Examples;
  readonly #engine: EngineClient;
  readonly #config: PlaygroundConfig;
  /** tenants known to exist in the running engine: workspace id → its client */
  readonly #ready = new Map<string, Promise<TenantClient>>();
  readonly #touched = new Map<string, number>();

  constructor(
    workspaces: WorkspaceRepository,
    { snippets, examples }: { snippets: SnippetRepository; examples: Examples },
    engine: EngineClient,
    config: PlaygroundConfig,
  ) {
    this.#workspaces = workspaces;
    this.#snippets = snippets;
    this.#examples = examples;
    this.#engine = engine;
    this.#config = config;
  }

  /** Opens one of the owner's workspaces: the named one, else the latest, else (or with `fresh`) a new one. */
  async open(owner: string, options: OpenWorkspace = {}): Promise<WorkspaceView> {
    let workspace: Workspace | undefined;
    if (options.id !== undefined) workspace = await this.authorize(owner, options.id);
    else if (!options.fresh) workspace = (await this.#workspaces.ofOwner(owner))[0];
    workspace ??= await this.#begin(owner, options.example);
    await this.#workspaces.update(workspace.id, { lastActiveAt: new Date() });
    return this.view(workspace);
  }

  async fork(owner: string, snippet: { id: string; title: string }): Promise<WorkspaceView> {
    return this.view(await this.#create(owner, snippet.title || "Forked workspace", snippet.id));
  }

  /** What is shared next has this snippet as the version before it. */
  async shared(workspace: Workspace, snippet: string): Promise<void> {
    await this.#workspaces.update(workspace.id, { parent: snippet });
  }

  async rename(workspace: Workspace, name: string): Promise<WorkspaceView> {
    await this.#workspaces.update(workspace.id, { name });
    return this.view({ ...workspace, name });
  }

  async view({ id, name, owner, lastActiveAt }: Workspace): Promise<WorkspaceView> {
    const all = (await this.#workspaces.ofOwner(owner)).map((each) => ({
      id: each.id,
      name: each.name,
      lastActiveAt: each.lastActiveAt.getTime(),
    }));
    const { stopAfter, timeToLive } = this.#config;
    return { id, name, lastActiveAt: lastActiveAt.getTime(), all, stopAfter, timeToLive };
  }

  /** The workspace, if it is this session's own; otherwise 404, as for one that does not exist. */
  async authorize(owner: string | undefined, id: string): Promise<Workspace> {
    const workspace = owner !== undefined && workspaceIdPattern.test(id) ? await this.#workspaces.find(id) : undefined;
    if (workspace === undefined || workspace.owner !== owner) {
      throw new Problem(
        404,
        "This browser has no such workspace. It may have been deleted after a long time without use.",
      );
    }
    return workspace;
  }

  /** A client for the workspace's tenant, which is made (with its first files) if need be. */
  tenant(workspace: Workspace): Promise<TenantClient> {
    const known = this.#ready.get(workspace.id);
    if (known !== undefined) return known;
    const made = this.#makeTenant(workspace);
    this.#ready.set(workspace.id, made);
    made.catch(() => this.#ready.delete(workspace.id));
    return made;
  }

  /** After the engine was away: look at every tenant anew. */
  forgetTenants(): void {
    this.#ready.clear();
  }

  /** Notes that the workspace is in use, once a minute at most. */
  touch(id: string): void {
    const now = Date.now();
    if (now - (this.#touched.get(id) ?? 0) < Math.min(minute, this.#config.stopAfter / 20)) return;
    this.#touched.set(id, now);
    // The engine, which stops containers, has its own clock.
    this.#ready
      .get(id)
      ?.then((tenant) => tenant.noteActivity())
      .catch((error: unknown) => console.error(`Workspace ${id}: the engine was not told of its activity.`, error));
    this.#workspaces.update(id, { lastActiveAt: new Date(now) }).catch((error: unknown) => {
      console.error(`Workspace ${id}: its activity could not be recorded.`, error);
    });
  }

  /** How often it is worth looking at `endingSoon`, ms. */
  get endingPeriod(): number {
    return Math.min(minute / 4, this.#config.stopAfter / 20);
  }

  /** ms until its containers are stopped, if that is soon. */
  async endingSoon(id: string, now = Date.now()): Promise<number | null> {
    const workspace = await this.#workspaces.find(id);
    if (workspace === undefined) return null;
    const { stopAfter } = this.#config;
    const left = Math.max(workspace.lastActiveAt.getTime(), this.#touched.get(id) ?? 0) + stopAfter - now;
    return left <= Math.min(warnBefore, stopAfter / 2) ? Math.max(0, left) : null;
  }

  /** Removes the tenant with all that is in it, then the workspace. */
  async remove(id: string): Promise<void> {
    try {
      await this.#engine.deleteTenant(id);
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
    }
    this.#ready.delete(id);
    this.#touched.delete(id);
    await this.#workspaces.remove(id);
  }

  async #begin(owner: string, example: string | undefined): Promise<Workspace> {
    if (example === undefined) return this.#create(owner, "Untitled workspace", undefined);
    const { title } = await this.#examples.find(example);
    return this.#create(owner, title, parentOfExample(example));
  }

  #create(owner: string, name: string, parent: string | undefined): Promise<Workspace> {
    // A letter first: it is the tenant's id too.
    const id = `w${randomBytes(10).toString("hex")}`;
    return this.#workspaces.create({ id, owner, name: name.slice(0, 80), parent });
  }

  async #makeTenant(workspace: Workspace): Promise<TenantClient> {
    const { policy, stopAfter } = this.#config;
    const limits = { ...this.#config.limits, idleHours: stopAfter / 3_600_000 };
    const { socket } = await this.#engine.createTenant({ id: workspace.id, policy, limits });
    const client = this.#engine.tenant(socket);
    const current = await this.#workspaces.find(workspace.id);
    if (current !== undefined && !current.seeded) {
      await this.#seed(client, current);
      await this.#workspaces.update(workspace.id, { seeded: true });
    }
    return client;
  }

  async #seed(client: TenantClient, workspace: Workspace): Promise<void> {
    const files = await firstFiles(workspace, { snippets: this.#snippets, examples: this.#examples });
    for (const directory of parents(files.map((file) => file.path))) await client.makeDirectory(directory);
    for (const { path, content, executable } of files) await client.writeFile(path, content, { executable });
  }
}

/** Every directory above the paths, outer ones first. */
function parents(paths: string[]): string[] {
  const found = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    for (let length = 1; length < parts.length; length++) found.add(parts.slice(0, length).join("/"));
  }
  return [...found].toSorted();
}
