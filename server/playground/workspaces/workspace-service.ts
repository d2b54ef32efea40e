import { randomBytes } from "node:crypto";
import type { OpenWorkspace, Snippet, WorkspaceSummary, WorkspaceView } from "../../contract/playground-api.ts";
import { workspaceIdPattern } from "../../contract/playground-api.ts";
import type { InvitationCard, InvitedRole, Role } from "../../contract/together.ts";
import { allows, ownerMember } from "../../contract/together.ts";
import type { PlaygroundConfig } from "../config.ts";
import type { EngineClient } from "../client/engine-client.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { refusals } from "../http/access.ts";
import { Problem } from "../http/problem.ts";
import type { DocumentStateRepository } from "../documents/document-state-repository.ts";
import type { Membership } from "../members/membership.ts";
import type { SnippetRepository } from "../snippets/snippet-repository.ts";
import type { Examples } from "./examples.ts";
import type { RecordRepository } from "../records/record-repository.ts";
import { Expiry } from "./expiry.ts";
import { parentOfExample, parentOfStarter, parentSnippet, writeFiles } from "./first-files.ts";
import { starters } from "./starter-files.ts";
import { MemoryPlaces } from "./memory-places.ts";
import type { Places, PlacesOptions } from "./places.ts";
import { expiredProblem, noWorkspace } from "./workspace-problems.ts";
import type { Workspace, WorkspaceRepository } from "./workspace-repository.ts";

const minute = 60_000;
/** How long before containers are stopped a page is told, or half of a shorter time, ms: as the engine in terminals. */
const warnBefore = 10 * minute;

/** A workspace, and who uses it. */
export interface AdmittedWorkspace extends Workspace {
  session: string;
  role: Role;
  /** what others know the session by */
  member: string;
}

export interface WorkspaceParts {
  snippets: Pick<SnippetRepository, "find">;
  examples: Examples;
  membership: Membership;
  records: RecordRepository;
  /** where several webs have them in common; else in memory */
  places?: (options: PlacesOptions) => Places;
  /** histories of documents, which go with their workspace */
  documentStates: Pick<DocumentStateRepository, "removeAll">;
}

/** `removed`: its tenant is; `expired`: what was in it is kept. */
export type Ending = "removed" | "expired";

/** Workspaces of sessions, each with its tenant in the engine, made when it is first needed. */
export class WorkspaceService {
  readonly #workspaces: WorkspaceRepository;
  readonly #parts: WorkspaceParts;
  readonly #engine: EngineClient;
  readonly #config: PlaygroundConfig;
  /** tenants known to exist in the running engine: workspace id → its client */
  readonly #ready = new Map<string, Promise<TenantClient>>();
  readonly #touched = new Map<string, number>();
  readonly #places: Places;
  readonly #expiry: Expiry;
  readonly #endingListeners = new Set<(id: string, ending: Ending) => void>();

  constructor(workspaces: WorkspaceRepository, parts: WorkspaceParts, engine: EngineClient, config: PlaygroundConfig) {
    this.#workspaces = workspaces;
    this.#parts = parts;
    this.#engine = engine;
    this.#config = config;
    this.#expiry = new Expiry(parts);
    const places = { most: config.liveWorkspaces, onLost: (id: string) => this.#lost(id) };
    this.#places = parts.places?.(places) ?? new MemoryPlaces(places);
  }

  /** Opens a workspace: the named one, else the latest of the session's own, else (or with `fresh`) a new one. */
  async open(session: string, options: OpenWorkspace = {}): Promise<WorkspaceView> {
    if (options.id !== undefined) {
      const workspace = await this.authorize(session, options.id, options.revive === true ? "owner" : "viewer");
      if (options.revive === true) await this.#revive(workspace.id);
      if (allows(workspace.role, "editor")) await this.#used(workspace.id);
      return this.view(workspace);
    }
    const latest = options.fresh === true ? undefined : (await this.#workspaces.ofOwner(session))[0];
    const workspace = latest ?? (await this.#begin(session, options));
    await this.#used(workspace.id);
    return this.view(owned(workspace));
  }

  /** Where an invitation leads. @throws Problem 404 when that is gone */
  async invitedTo({ workspace: id, role }: { workspace: string; role: InvitedRole }): Promise<InvitationCard> {
    const { name } = await this.#ofInvitation(id);
    return { workspace: name, role };
  }

  /** An invitation was taken: the session is a member from now on. */
  async join(session: string, to: { workspace: string; role: InvitedRole }, name: string): Promise<WorkspaceView> {
    const workspace = await this.#ofInvitation(to.workspace);
    await this.#parts.membership.accept(workspace, session, to.role, name);
    return this.open(session, { id: workspace.id });
  }

  async #ofInvitation(id: string): Promise<Workspace> {
    const workspace = await this.#workspaces.find(id);
    if (workspace === undefined) throw new Problem(404, "The workspace of this invitation is gone.");
    return workspace;
  }

  async fork(owner: string, snippet: { id: string; title: string }): Promise<WorkspaceView> {
    return this.view(owned(await this.#create(owner, snippet.title || "Forked workspace", snippet.id)));
  }

  /** What is shared next has this snippet as the version before it. */
  async shared(workspace: Workspace, snippet: string): Promise<void> {
    await this.#workspaces.update(workspace.id, { parent: snippet });
  }

  async rename(workspace: AdmittedWorkspace, name: string): Promise<WorkspaceView> {
    await this.#workspaces.update(workspace.id, { name });
    return this.view({ ...workspace, name });
  }

  async view(workspace: AdmittedWorkspace): Promise<WorkspaceView> {
    const { id, name, session, role, member, lastActiveAt } = workspace;
    const own = (await this.#workspaces.ofOwner(session)).map((each) => summary(each, "owner"));
    const joined: WorkspaceSummary[] = [];
    for (const membership of await this.#parts.membership.joined(session)) {
      const found = await this.#workspaces.find(membership.workspace);
      if (found !== undefined) joined.push(summary(found, membership.role));
    }
    const { stopAfter, timeToLive } = this.#config;
    const all = [...own, ...joined];
    const snippet = parentSnippet(workspace);
    const known = { id, name, role, member, lastActiveAt: lastActiveAt.getTime(), all, stopAfter, timeToLive };
    return {
      ...known,
      ...(snippet === undefined ? {} : { snippet }),
      ...(await this.#hindrance(id)),
    };
  }

  /**
   * The workspace, for a session that is at least that in it.
   * @throws Problem 404 for who is nobody there, as for one that does not exist; 403 for who is less
   */
  async authorize(session: string | undefined, id: string, least: Role): Promise<AdmittedWorkspace> {
    const known = session !== undefined && workspaceIdPattern.test(id);
    const workspace = known ? await this.#workspaces.find(id) : undefined;
    const somebody =
      workspace === undefined || session === undefined
        ? undefined
        : await this.#parts.membership.find(workspace, session);
    if (workspace === undefined || somebody === undefined) throw noWorkspace();
    if (!allows(somebody.role, least)) throw new Problem(403, refusals[least]);
    return { ...workspace, session: somebody.session, role: somebody.role, member: somebody.id };
  }

  /**
   * A client for the workspace's tenant, which is made (with its first files) if need be.
   * @throws Problem 410 when it has expired, 503 when all places are taken: `reason` says which
   */
  async tenant(workspace: Workspace): Promise<TenantClient> {
    const position = await this.#places.ask(workspace.id);
    if (position === undefined) return this.#tenant(workspace);
    const message = `All places on this playground are taken. You are number ${position} in the queue.`;
    throw new Problem(503, message, { reason: "waiting" });
  }

  /** @throws Problem as `tenant` does, without making one */
  async enter({ id }: Workspace): Promise<void> {
    const { expired, waiting } = await this.#hindrance(id);
    if (expired !== undefined) throw expiredProblem();
    if (waiting !== undefined)
      throw new Problem(503, "All places on this playground are taken.", { reason: "waiting" });
  }

  /** Somebody looks at it: its place is not given away. */
  async present(id: string): Promise<void> {
    await this.#places.seen(id);
  }

  /** Told of each workspace that has ended here: its pages are to show that. Returns what ends that. */
  onEnding(listener: (id: string, ending: Ending) => void): () => void {
    this.#endingListeners.add(listener);
    return () => this.#endingListeners.delete(listener);
  }

  #tenant(workspace: Workspace): Promise<TenantClient> {
    const known = this.#ready.get(workspace.id);
    if (known !== undefined) return known;
    const made = this.#makeTenant(workspace);
    this.#ready.set(workspace.id, made);
    made.catch(() => this.#ready.delete(workspace.id));
    return made;
  }

  /** The same for files that are saved when nobody asks, which needs no place. @throws Problem 404 when it is deleted, 410 */
  async tenantOf(id: string): Promise<TenantClient> {
    const workspace = await this.#workspaces.find(id);
    if (workspace === undefined || workspace.owner === "") throw new Problem(404, "This workspace was deleted.");
    return this.#tenant(workspace);
  }

  /** After the engine, or other webs, were away: look at every tenant anew. */
  forgetTenants(): void {
    this.#ready.clear();
  }

  /** It was removed, here or by another web. */
  forgetTenant(id: string): void {
    this.#ready.delete(id);
    this.#touched.delete(id);
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

  /**
   * Takes it from its owner and members, then removes it with all that is in it. What cannot be removed is left to the janitor: it is
   * nobody's by then.
   * @throws Problem 503 when the engine is away: nothing is changed then
   */
  async discard({ id }: Workspace): Promise<void> {
    await this.#engine.status();
    await this.#workspaces.update(id, { owner: "", lastActiveAt: new Date(0) });
    await this.#parts.membership.forget(id);
    await this.#parts.records.remove(id);
    try {
      await this.remove(id);
    } catch (error) {
      console.error(`Workspace ${id} could not be deleted yet.`, error);
    }
  }

  /** Stops what runs in it; its place is free. */
  async stopContainers(id: string): Promise<void> {
    const workspace = await this.#workspaces.find(id);
    if (workspace === undefined || !workspace.seeded) return;
    const { docker } = await this.#tenant(workspace);
    const running = (await docker.containers()).filter((container) => container.State === "running");
    await Promise.all(running.map((container) => docker.act(container.Id, "stop")));
    await this.#places.leave(id);
  }

  /**
   * Removes the tenant with all that is in it. What the learner made is kept as a recording, from which the workspace
   * can be made live again; where nothing was made, the workspace goes too.
   */
  async expire(workspace: Workspace): Promise<void> {
    const isKept = await this.#expiry.keep(workspace, () => this.#tenant(workspace));
    if (!isKept) return this.remove(workspace.id);
    await this.#removeTenant(workspace.id);
    await this.#workspaces.update(workspace.id, { seeded: false });
    this.#tellEnding(workspace.id, "expired");
  }

  /** Of one that has expired. @throws Problem 409 */
  async record({ id }: Workspace): Promise<Snippet> {
    const record = await this.#expiry.record(id);
    if (record === undefined) throw new Problem(409, "This workspace has not expired: what is in it is there.");
    return record;
  }

  /** Removes the tenant with all that is in it, and what was kept of it, then the workspace. */
  async remove(id: string): Promise<void> {
    await this.#removeTenant(id);
    await this.#parts.records.remove(id);
    await this.#parts.membership.forget(id);
    await this.#workspaces.remove(id);
  }

  async #removeTenant(id: string): Promise<void> {
    // One that is just being made would come after its removal.
    await this.#ready.get(id)?.catch(() => undefined);
    try {
      await this.#engine.deleteTenant(id);
    } catch (error) {
      if (!(error instanceof Problem && error.status === 404)) throw error;
    }
    this.forgetTenant(id);
    this.#tellEnding(id, "removed");
    await this.#places.leave(id);
    await this.#parts.documentStates.removeAll(id);
  }

  #tellEnding(id: string, ending: Ending): void {
    for (const listener of this.#endingListeners) listener(id, ending);
  }

  /** Why it is not live, if it is not. */
  async #hindrance(id: string): Promise<Pick<WorkspaceView, "expired" | "waiting">> {
    const expired = await this.#expiry.since(id);
    if (expired !== undefined) return { expired };
    const waiting = await this.#places.ask(id);
    return waiting === undefined ? {} : { waiting };
  }

  /** Nobody was seen in it for a while, and somebody waits. */
  #lost(id: string): void {
    this.stopContainers(id).catch((error: unknown) => {
      console.error(`Workspace ${id}: its containers could not be stopped for those who wait.`, error);
    });
  }

  async #revive(id: string): Promise<void> {
    if ((await this.#expiry.since(id)) === undefined) return;
    // Where its end was cut off, nobody has noted that its files are gone.
    await this.#workspaces.update(id, { seeded: false });
    await this.#parts.records.revive(id);
  }

  #used(id: string): Promise<void> {
    return this.#workspaces.update(id, { lastActiveAt: new Date() });
  }

  async #begin(owner: string, { example, language = "en" }: OpenWorkspace): Promise<Workspace> {
    if (example === undefined) return this.#create(owner, starters[language].name, parentOfStarter(language));
    const { title } = await this.#parts.examples.find(example);
    return this.#create(owner, title, parentOfExample(example));
  }

  #create(owner: string, name: string, parent: string | undefined): Promise<Workspace> {
    // A letter first: it is the tenant's id too.
    const id = `w${randomBytes(10).toString("hex")}`;
    return this.#workspaces.create({ id, owner, name: name.slice(0, 80), parent });
  }

  async #makeTenant(workspace: Workspace): Promise<TenantClient> {
    const current = await this.#workspaces.find(workspace.id);
    if (current === undefined || current.owner !== workspace.owner) throw noWorkspace();
    if ((await this.#expiry.since(workspace.id)) !== undefined) throw expiredProblem();
    const { policy, stopAfter } = this.#config;
    const limits = { ...this.#config.limits, idleHours: stopAfter / 3_600_000 };
    const { socket } = await this.#engine.createTenant({ id: workspace.id, policy, limits });
    const client = this.#engine.tenant(socket);
    if (!current.seeded) {
      await writeFiles(client, await this.#expiry.firstFiles(current));
      await this.#workspaces.update(workspace.id, { seeded: true });
      // Not before: without it the files of an example would be put over those that were revived.
      await this.#parts.records.remove(workspace.id);
    }
    return client;
  }
}

function owned(workspace: Workspace): AdmittedWorkspace {
  return { ...workspace, session: workspace.owner, role: "owner", member: ownerMember };
}

function summary({ id, name, lastActiveAt }: Workspace, role: Role): WorkspaceSummary {
  return { id, name, role, lastActiveAt: lastActiveAt.getTime() };
}
