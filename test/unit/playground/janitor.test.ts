import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { beforeEach, describe, it, mock } from "node:test";
import { setImmediate } from "node:timers/promises";
import { format } from "node:util";
import { DockerClient } from "../../../server/playground/client/docker-client.ts";
import { EngineClient } from "../../../server/playground/client/engine-client.ts";
import { TenantClient } from "../../../server/playground/client/tenant-client.ts";
import { UnixClient } from "../../../server/playground/client/unix-client.ts";
import { readConfig } from "../../../server/playground/config.ts";
import { EngineAway, Problem } from "../../../server/playground/http/problem.ts";
import { Janitor } from "../../../server/playground/workspaces/janitor.ts";
import type { Workspace, WorkspaceRepository } from "../../../server/playground/workspaces/workspace-repository.ts";
import type { FileEntry } from "../../../server/contract/extension-api.ts";
import { MemoryRecords } from "../../fakes/records.ts";
import { memoryMembership } from "../../fakes/members.ts";
import { Examples } from "../../../server/playground/workspaces/examples.ts";
import { starters } from "../../../server/playground/workspaces/starter-files.ts";
import { WorkspaceService } from "../../../server/playground/workspaces/workspace-service.ts";

const hour = 3_600_000;
const now = 1_000 * hour;

/** Workspaces in memory, each idle for some hours. */
class Memory implements WorkspaceRepository {
  readonly rows = new Map<string, Workspace>();

  add(id: string, idleHours: number): void {
    const createdAt = new Date(0);
    const lastActiveAt = new Date(now - idleHours * hour);
    this.rows.set(id, { id, owner: "o", name: id, parent: undefined, seeded: true, createdAt, lastActiveAt });
  }
  create(): Promise<Workspace> {
    return Promise.reject(new Error("no workspace is made here"));
  }
  find(id: string): Promise<Workspace | undefined> {
    return Promise.resolve(this.rows.get(id));
  }
  ofOwner(): Promise<Workspace[]> {
    return Promise.resolve([...this.rows.values()]);
  }
  update(id: string, change: Partial<Workspace>): Promise<void> {
    const row = this.rows.get(id);
    if (row !== undefined) this.rows.set(id, { ...row, ...change });
    return Promise.resolve();
  }
  idleSince(before: Date): Promise<Workspace[]> {
    return Promise.resolve([...this.rows.values()].filter((row) => row.lastActiveAt < before));
  }
  remove(id: string): Promise<void> {
    this.rows.delete(id);
    return Promise.resolve();
  }
}

describe("the janitor", () => {
  let memory: Memory;
  let records: MemoryRecords;
  let service: WorkspaceService;
  /** what is in every workspace: path → text */
  let files: Record<string, string>;
  let deleted: string[];
  let stopped: string[];
  let janitor: Janitor;
  let isAway: boolean;
  const refusing = new Set<string>();

  beforeEach(() => {
    memory = new Memory();
    records = new MemoryRecords();
    files = {};
    deleted = [];
    stopped = [];
    isAway = false;
    refusing.clear();
    const engine = new EngineClient("/nowhere");
    mock.method(engine, "status", () => (isAway ? Promise.reject(new EngineAway(undefined)) : Promise.resolve({})));
    mock.method(engine, "createTenant", ({ id }: { id: string }) => Promise.resolve({ socket: `/${id}` }));
    mock.method(engine, "deleteTenant", (id: string) => {
      if (refusing.has(id)) return Promise.reject(new Problem(500, "It does not go."));
      deleted.push(id);
      return Promise.resolve();
    });
    mock.method(engine, "tenant", (socket: string) => tenantWith(socket, { stopped, files }));
    const config = readConfig({ NODE_ENV: "test" });
    service = new WorkspaceService(
      memory,
      {
        snippets: { find: () => Promise.resolve(undefined) },
        examples: new Examples("/none"),
        membership: memoryMembership(),
        records,
        documentStates: { removeAll: () => Promise.resolve() },
      },
      engine,
      config,
    );
    janitor = new Janitor({ workspaces: memory, records }, service, engine, {
      stopAfter: 4 * hour,
      timeToLive: 24 * hour,
      keepFor: 240 * hour,
    });
  });

  it("leaves what is in use, stops what is idle, deletes what is idle for long", async () => {
    memory.add("wfresh000000", 1);
    memory.add("widle0000000", 5);
    memory.add("wold00000000", 30);
    await janitor.round(now);
    assert.deepEqual(deleted, ["wold00000000"]);
    assert.deepEqual(stopped, ["/widle0000000 running"]);
    assert.deepEqual([...memory.rows.keys()], ["wfresh000000", "widle0000000"]);
  });

  it("stops once for each time of idleness", async () => {
    memory.add("widle0000000", 5);
    await janitor.round(now);
    await janitor.round(now + hour);
    assert.equal(stopped.length, 1);
    await memory.update("widle0000000", { lastActiveAt: new Date(now) });
    await janitor.round(now + 5 * hour);
    assert.equal(stopped.length, 2);
  });

  it("keeps what was made in a workspace that it deletes, and has it live again when its owner wants that", async () => {
    memory.add("wold00000000", 30);
    files["Dockerfile"] = "FROM mine\n";
    await janitor.round(now);
    assert.deepEqual(deleted, ["wold00000000"]);
    assert.deepEqual([...memory.rows.keys()], ["wold00000000"]);
    const expired = await service.open("o", { id: "wold00000000" });
    assert.equal(typeof expired.expired, "number");
    const workspace = await service.authorize("o", "wold00000000", "owner");
    assert.equal((await service.record(workspace)).files[0]?.content, "FROM mine\n");
    await assert.rejects(service.tenant(workspace), { status: 410, reason: "expired" });
    assert.equal((await service.open("o", { id: "wold00000000", revive: true })).expired, undefined);
    files = {};
    await service.tenant(await service.authorize("o", "wold00000000", "owner"));
    assert.equal(records.rows.size, 0, "what is live needs no record");
    assert.equal(memory.rows.get("wold00000000")?.seeded, true);
  });

  it("keeps that for as long as it is told, and of a workspace in which nothing was made, nothing", async () => {
    memory.add("wold00000000", 30);
    files["Dockerfile"] = "FROM mine\n";
    await janitor.round(now);
    assert.equal(records.rows.size, 1);
    await janitor.round(Date.now() + 241 * hour);
    assert.deepEqual([records.rows.size, memory.rows.size], [0, 0]);
    memory.add("wnew00000000", 30);
    for (const { path, content } of starters.en.files) files[path] = content;
    await janitor.round(now);
    assert.deepEqual([records.rows.size, memory.rows.size], [0, 0]);
  });

  it("keeps the rows while the engine is away, and goes on past one that fails", async () => {
    memory.add("wold00000000", 30);
    memory.add("wolder000000", 40);
    isAway = true;
    await assert.rejects(janitor.round(now), EngineAway);
    const inLog = format("Failed.", new EngineAway(new Error("connect ENOENT /run/drydock/web.sock")));
    assert.equal(inLog, "Failed. The engine does not answer: connect ENOENT /run/drydock/web.sock");
    assert.equal(memory.rows.size, 2);
    isAway = false;
    refusing.add("wold00000000");
    const told = mock.method(console, "error", () => undefined);
    await janitor.round(now);
    told.mock.restore();
    assert.deepEqual([...memory.rows.keys()], ["wold00000000"]);
    refusing.clear();
    await janitor.round(now);
    assert.equal(memory.rows.size, 0);
  });

  it("says nothing of an engine that is not there yet, and of anything else that it could not go round", async () => {
    const told = mock.method(console, "error", () => undefined);
    const ending = new AbortController();
    const begun = async (): Promise<number> => {
      janitor.start(ending.signal, () => Promise.resolve(true));
      await setImmediate();
      return told.mock.callCount();
    };
    isAway = true;
    assert.equal(await begun(), 0);
    isAway = false;
    mock.method(memory, "idleSince", () => Promise.reject(new Error("the database is gone")));
    assert.equal(await begun(), 1);
    ending.abort();
    told.mock.restore();
  });

  it("deletes what its owner gave up, later if the engine cannot yet; till then it is nobody's", async () => {
    memory.add("w00000000000000000001", 0);
    const workspace = memory.rows.get("w00000000000000000001");
    assert.ok(workspace);
    isAway = true;
    await assert.rejects(service.discard(workspace), EngineAway);
    assert.equal((await service.authorize("o", workspace.id, "viewer")).id, workspace.id, "nothing has changed");
    isAway = false;
    refusing.add(workspace.id);
    const told = mock.method(console, "error", () => undefined);
    await service.discard(workspace);
    told.mock.restore();
    await assert.rejects(service.authorize("o", workspace.id, "viewer"), { status: 404 });
    await assert.rejects(service.tenant(workspace), { status: 404 }, "no request under way makes it anew");
    refusing.clear();
    await janitor.round(now);
    assert.deepEqual([deleted, memory.rows.size], [[workspace.id], 0]);
  });
});

/** A tenant with one container that runs and one that does not. */
function tenantWith(
  socket: string,
  { stopped, files }: { stopped: string[]; files: Record<string, string> },
): TenantClient {
  const client = new TenantClient(new UnixClient(socket));
  const entries = Object.entries(files).map(
    ([path, text]) => ({ path, kind: "file", executable: false, size: text.length }) as FileEntry,
  );
  mock.method(client, "files", () => Promise.resolve(entries));
  mock.method(client, "readFile", (path: string) => Promise.resolve(Readable.from([Buffer.from(files[path] ?? "")])));
  for (const none of ["builds", "terminals"] as const) mock.method(client, none, () => Promise.resolve([]));
  mock.method(client.quietDocker, "containers", () => Promise.resolve([]));
  mock.method(client, "writeFile", (path: string, content: Buffer) => {
    files[path] = content.toString();
    return Promise.resolve();
  });
  mock.method(client.docker, "containers", () =>
    Promise.resolve([
      { Id: "running", State: "running" },
      { Id: "over", State: "exited" },
    ]),
  );
  mock.method(client.docker, "act", (id: string, action: string) => {
    assert.equal(action, "stop");
    stopped.push(`${socket} ${id}`);
    return Promise.resolve();
  });
  assert.ok(client.docker instanceof DockerClient);
  return client;
}
