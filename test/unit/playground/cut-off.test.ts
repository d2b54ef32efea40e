/** `web` is killed before each of the changes that belong together, one after the other: what it makes of that afterwards. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, it, mock } from "node:test";
import type { FileEntry } from "../../../server/contract/extension-api.ts";
import { EngineClient } from "../../../server/playground/client/engine-client.ts";
import { TenantClient } from "../../../server/playground/client/tenant-client.ts";
import { UnixClient } from "../../../server/playground/client/unix-client.ts";
import { readConfig } from "../../../server/playground/config.ts";
import { Problem } from "../../../server/playground/http/problem.ts";
import { Examples } from "../../../server/playground/workspaces/examples.ts";
import { Janitor } from "../../../server/playground/workspaces/janitor.ts";
import { starters } from "../../../server/playground/workspaces/starter-files.ts";
import type { Workspace, WorkspaceRepository } from "../../../server/playground/workspaces/workspace-repository.ts";
import { WorkspaceService } from "../../../server/playground/workspaces/workspace-service.ts";
import { memoryMembership } from "../../fakes/members.ts";
import { MemoryRecords } from "../../fakes/records.ts";

const hour = 3_600_000;
const now = Date.now();
const id = "wmine0000000";
const mine = { Dockerfile: "FROM mine\n", "notes.txt": "mine\n" };
const changing = new Set([
  "create",
  "update",
  "remove",
  "keep",
  "revive",
  "createTenant",
  "deleteTenant",
  "writeFile",
  "makeDirectory",
  "removeAll",
]);

class Killed extends Error {}

/** What outlives a web: its database, and the engine's tenants with their files. */
class State {
  readonly rows = new Map<string, Workspace>();
  readonly records = new MemoryRecords();
  readonly tenants = new Map<string, Map<string, string>>();
  readonly workspaces: WorkspaceRepository = {
    create: async (given) => {
      const made = { ...given, seeded: false, createdAt: new Date(now), lastActiveAt: new Date(now) };
      this.rows.set(given.id, made);
      return made;
    },
    find: async (wanted) => this.rows.get(wanted),
    ofOwner: async (owner) => [...this.rows.values()].filter((row) => row.owner === owner),
    update: async (wanted, change) => {
      const row = this.rows.get(wanted);
      if (row !== undefined) this.rows.set(wanted, { ...row, ...change });
    },
    idleSince: async (before) => {
      const rows = [...this.rows.values()].filter((row) => row.lastActiveAt < before);
      const expired = await this.records.expired(rows.map((row) => row.id));
      return rows.filter((row) => row.owner === "" || row.seeded || !expired.has(row.id));
    },
    remove: async (wanted) => void this.rows.delete(wanted),
  };

  /** A workspace in which something was made, idle for so long. */
  add(idleHours: number): this {
    const lastActiveAt = new Date(now - idleHours * hour);
    const row = { id, owner: "o", name: "Mine", parent: undefined, seeded: true, createdAt: new Date(0), lastActiveAt };
    this.rows.set(id, row);
    this.tenants.set(id, new Map(Object.entries(mine)));
    return this;
  }
}

/** A web on that state, which makes so many changes and no more. */
class Web {
  readonly service: WorkspaceService;
  readonly janitor: Janitor;
  isDead = false;
  #left: number;

  constructor(state: State, changes = Infinity) {
    this.#left = changes;
    const [workspaces, records] = [this.#mortal(state.workspaces), this.#mortal(state.records)];
    const engine = new EngineClient("/nowhere");
    mock.method(engine, "status", async () => ({}));
    mock.method(engine, "createTenant", async (tenant: { id: string }) => {
      if (!state.tenants.has(tenant.id)) state.tenants.set(tenant.id, new Map());
      return { socket: tenant.id };
    });
    mock.method(engine, "deleteTenant", async (tenant: string) => {
      if (!state.tenants.delete(tenant)) throw new Problem(404, "no such tenant");
    });
    mock.method(engine, "tenant", (socket: string) => this.#mortal(tenantWith(state.tenants.get(socket) ?? new Map())));
    const parts = {
      snippets: { find: async () => undefined },
      examples: new Examples("/none"),
      membership: memoryMembership(),
      records,
      documentStates: this.#mortal({ removeAll: async () => undefined }),
    };
    this.service = new WorkspaceService(workspaces, parts, this.#mortal(engine), readConfig({ NODE_ENV: "test" }));
    const options = { stopAfter: 4 * hour, timeToLive: 24 * hour, keepFor: 240 * hour };
    this.janitor = new Janitor({ workspaces, records }, this.service, this.#mortal(engine), options);
  }

  #mortal<T extends object>(target: T): T {
    return new Proxy(target, {
      get: (_, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return (...args: unknown[]): unknown => {
          if (changing.has(String(name)) && this.#left-- <= 0) this.isDead = true;
          if (this.isDead) return Promise.reject(new Killed(`before ${String(name)}`));
          return Reflect.apply(member, target, args) as unknown;
        };
      },
    });
  }
}

function tenantWith(files: Map<string, string>): TenantClient {
  const client = new TenantClient(new UnixClient("/nowhere"));
  const entry = ([path, text]: [string, string]): FileEntry =>
    ({ path, kind: "file", executable: false, size: text.length, version: "1" }) satisfies FileEntry;
  mock.method(client, "files", async () => [...files].map(entry));
  mock.method(client, "readFile", async (path: string) => Readable.from([Buffer.from(files.get(path) ?? "")]));
  mock.method(client, "writeFile", async (path: string, content: Buffer) => void files.set(path, content.toString()));
  mock.method(client, "makeDirectory", async () => undefined);
  for (const none of ["builds", "terminals"] as const) mock.method(client, none, async () => []);
  for (const docker of [client.docker, client.quietDocker]) mock.method(docker, "containers", async () => []);
  return client;
}

/** Does it with a web that is killed before its first change, before its second and so on, until it is not killed. */
async function atEveryMoment(
  begin: () => State | Promise<State>,
  act: (web: Web) => Promise<unknown>,
  check: (state: State, web: Web, when: string) => Promise<void>,
): Promise<void> {
  mock.method(console, "error", () => undefined);
  for (let changes = 0; ; changes++) {
    const state = await begin();
    const killed = new Web(state, changes);
    await act(killed).catch((error: unknown) => assert.ok(killed.isDead, String(error)));
    const web = new Web(state);
    await web.janitor.round(now);
    await check(state, web, `killed after ${changes} changes`);
    if (!killed.isDead) {
      assert.ok(changes > 1, "there is no middle");
      return;
    }
  }
}

/** Opened by its owner, and made live again if need be, it has what it had. */
async function hasMine(state: State, web: Web, when: string): Promise<void> {
  const opened = await web.service.open("o", { id });
  if (opened.expired !== undefined) {
    assert.deepEqual([...state.tenants.keys()], [], `${when}: what has expired has no tenant`);
    assert.equal((await web.service.open("o", { id, revive: true })).expired, undefined);
  }
  await web.service.tenant(await web.service.authorize("o", id, "owner"));
  assert.deepEqual(Object.fromEntries(state.tenants.get(id) ?? []), mine, when);
  assert.equal((await state.records.expired([id])).size, 0, when);
}

describe("a web that is killed in the middle", () => {
  it("of a workspace's expiry loses nothing of it", () =>
    atEveryMoment(
      () => new State().add(30),
      (web) => web.janitor.round(now),
      hasMine,
    ));

  it("of making it live again loses nothing of it", () =>
    atEveryMoment(
      async () => {
        const state = new State().add(30);
        await new Web(state).janitor.round(now);
        return state;
      },
      async ({ service }) => {
        await service.open("o", { id, revive: true });
        await service.tenant(await service.authorize("o", id, "owner"));
      },
      hasMine,
    ));

  it("of its deletion leaves all of it, or nothing", () =>
    atEveryMoment(
      () => new State().add(1),
      async ({ service }) => service.discard(await service.authorize("o", id, "owner")),
      async (state, web, when) => {
        if (state.rows.has(id)) return hasMine(state, web, when);
        assert.deepEqual([state.tenants.size, state.records.rows.size], [0, 0], when);
      },
    ));

  it("of the deletion of one that has expired leaves all of it, or nothing", () =>
    atEveryMoment(
      async () => {
        const state = new State().add(30);
        await new Web(state).janitor.round(now);
        return state;
      },
      async ({ service }) => service.discard(await service.authorize("o", id, "owner")),
      async (state, web, when) => {
        if (state.rows.has(id)) return hasMine(state, web, when);
        assert.deepEqual([state.tenants.size, state.records.rows.size], [0, 0], when);
      },
    ));

  it("of making one leaves one with all of its first files, and no tenant without a workspace", () =>
    atEveryMoment(
      () => new State(),
      async ({ service }) => {
        const { id: made } = await service.open("o");
        await service.tenant(await service.authorize("o", made, "owner"));
      },
      async (state, web, when) => {
        const { id: opened, all } = await web.service.open("o");
        assert.equal(all.length, 1, when);
        await web.service.tenant(await web.service.authorize("o", opened, "owner"));
        assert.deepEqual([...state.tenants.keys()], [opened], when);
        const first = starters.en.files.map(({ path, content }) => [path, content]);
        assert.deepEqual([...(state.tenants.get(opened) ?? [])], first, when);
      },
    ));
});
