/** Every route and socket event of the page: as owner, editor and viewer of a workspace, as a stranger, and as nobody. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";
import { io, type Socket } from "socket.io-client";
import { allows } from "../../../server/contract/together.ts";
import { MemoryRecords } from "../../fakes/records.ts";
import { DocumentHub } from "../../../server/playground/documents/document-hub.ts";
import type { DocumentStateRepository } from "../../../server/playground/documents/document-state-repository.ts";
import { memoryDocumentStates } from "../../fakes/document-states.ts";
import { memoryMembership } from "../../fakes/members.ts";
import { readConfig } from "../../../server/playground/config.ts";
import type { EngineClient } from "../../../server/playground/client/engine-client.ts";
import { Router } from "../../../server/playground/http/router.ts";
import { alone } from "../../../server/playground/peers/alone.ts";
import { type PlaygroundRouteParts, playgroundRoutes } from "../../../server/playground/routes/index.ts";
import { WorkspaceContext } from "../../../server/playground/routes/workspace-context.ts";
import { Rooms } from "../../../server/playground/together/room.ts";
import { Sessions } from "../../../server/playground/sessions/sessions.ts";
import { Signer } from "../../../server/playground/sessions/signer.ts";
import type { EngineMonitor } from "../../../server/playground/streams/engine-monitor.ts";
import { eventAccess } from "../../../server/playground/streams/socket-gate.ts";
import { MessageLimit } from "../../../server/playground/streams/message-limit.ts";
import { serveSockets } from "../../../server/playground/streams/socket-server.ts";
import type { Workspace, WorkspaceRepository } from "../../../server/playground/workspaces/workspace-repository.ts";
import { WorkspaceService } from "../../../server/playground/workspaces/workspace-service.ts";

/** What nobody but those of the workspace may cause. */
const reached: string[] = [];
const engine = {
  createTenant: ({ id }: { id: string }) => {
    reached.push(id);
    throw new Error("the engine of this test is away");
  },
} as unknown as EngineClient;

const workspace: Workspace = {
  id: "w0123456789abcdef0123",
  owner: "the-owner",
  name: "one",
  parent: undefined,
  seeded: true,
  createdAt: new Date(0),
  lastActiveAt: new Date(0),
};
const unknownId = "w99999999999999999999";

const repository = {
  find: async (id: string) => (id === workspace.id ? workspace : undefined),
  ofOwner: async (owner: string) => (owner === workspace.owner ? [workspace] : []),
  update: async () => {},
} as unknown as WorkspaceRepository;

const signer = new Signer(Buffer.alloc(32, 7), "session");
const sessions = new Sessions(signer, false);
const somebody = { workspace: workspace.id, name: "", joinedAt: 0 };
const membership = memoryMembership([
  { ...somebody, id: "m1", session: "an-editor", role: "editor" },
  { ...somebody, id: "m2", session: "a-viewer", role: "viewer" },
]);
const records = new MemoryRecords();
const documentStates = memoryDocumentStates();
const parts = { snippets: {}, examples: {}, membership, records, documentStates } as unknown as Pick<
  PlaygroundRouteParts,
  "snippets" | "examples" | "membership"
> & { records: MemoryRecords; documentStates: DocumentStateRepository };
const workspaces = new WorkspaceService(repository, parts, engine, readConfig({ NODE_ENV: "test" }));
const context = new WorkspaceContext(sessions, workspaces);
const documents = new DocumentHub((id) => workspaces.tenantOf(id), documentStates);
const monitor = { up: true, onChange: () => () => {} } as unknown as EngineMonitor;
const routes = playgroundRoutes({
  ...parts,
  context,
  sessions,
  workspaces,
  documents,
  monitor,
} as unknown as PlaygroundRouteParts);

const cookies = {
  owner: `drydock=${signer.sign("the-owner")}`,
  editor: `drydock=${signer.sign("an-editor")}`,
  viewer: `drydock=${signer.sign("a-viewer")}`,
  stranger: `drydock=${signer.sign("a-stranger")}`,
  forger: "drydock=the-owner.AAAA",
  nobody: "",
};

const socketParts = {
  sessions,
  workspaces,
  membership,
  documents,
  rooms: new Rooms(),
  monitor,
  peers: alone(),
  isOurs: () => true,
};

let server: Server;
let url = "";
let close: () => Promise<void>;

before(async () => {
  const router = new Router(routes, (route, least) => context.admit(route, least));
  server = createServer((request, response) => {
    if (!request.url?.startsWith("/socket.io/")) void router.serve(request, response);
  });
  ({ close } = serveSockets(server, socketParts));
  url = await listen(server);
});

after(async () => {
  await close();
  server.closeAllConnections();
  server.close();
});

async function listen(http: Server): Promise<string> {
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
}

async function ask(method: string, pattern: string, id: string, cookie: string) {
  const path = pattern.replace(":workspace", id).replaceAll(/:\w+/g, "name");
  const body = method === "GET" || method === "DELETE" ? {} : { body: "{}" };
  const answer = await fetch(`${url}${path}`, { method, headers: { cookie }, ...body });
  return { status: answer.status, text: await answer.text() };
}

describe("the page's routes", () => {
  it("answer one session so often, however many others there are", async () => {
    const many = `drydock=${signer.sign("somebody-in-a-hurry")}`;
    const request = (cookie: string) => ({ request: { headers: { cookie } } as IncomingMessage, params: {} });
    const ask = (cookie: string) =>
      context.admit(request(cookie), "viewer").then(
        () => 200,
        ({ status }) => status,
      );
    const answers = await Promise.all(Array.from({ length: 3000 }, () => ask(many)));
    assert.deepEqual(new Set(answers), new Set([404, 429]));
    assert.equal(await ask(cookies.stranger), 404);
  });

  it("are open to everybody only where that was decided", () => {
    const open = routes
      .filter(({ access }) => access === "anyone")
      .map(({ method, pattern }) => `${method} ${pattern}`);
    assert.deepEqual(open.toSorted(), [
      "GET /api/embed-sites",
      "GET /api/examples",
      "GET /api/oembed",
      "GET /api/snippets/:snippet",
      "GET /api/snippets/:snippet/versions",
      "GET /api/status",
      "GET /healthz",
      "GET /readyz",
      "POST /api/invitations/accept",
      "POST /api/invitations/look",
      "POST /api/snippets/:snippet/fork",
      "POST /api/snippets/:snippet/live",
      "POST /api/workspaces/open",
    ]);
  });

  it("that change or run something are no viewer's, and who comes in is the owner's", () => {
    const changing = routes.filter(({ method, access }) => method !== "GET" && access === "viewer");
    assert.deepEqual(
      changing.map(({ method, pattern }) => `${method} ${pattern}`),
      ["POST /api/w/:workspace/leave", "POST /api/w/:workspace/checks", "POST /api/w/:workspace/previews"],
    );
    const owners = routes
      .filter(({ access }) => access === "owner")
      .map(({ method, pattern }) => `${method} ${pattern}`);
    assert.deepEqual(owners.toSorted(), [
      "DELETE /api/w/:workspace",
      "DELETE /api/w/:workspace/invitations/:invitation",
      "DELETE /api/w/:workspace/members/:member",
      "GET /api/w/:workspace/invitations",
      "POST /api/w/:workspace/invitations",
      "POST /api/w/:workspace/members/:member",
      "POST /api/w/:workspace/name",
    ]);
  });

  for (const { method, pattern, access } of routes) {
    if (access === "anyone") continue;
    it(`${method} ${pattern} is for its ${access} and those above, and tells others not that it is there`, async () => {
      for (const who of ["stranger", "forger", "nobody"] as const) {
        reached.length = 0;
        const answer = await ask(method, pattern, workspace.id, cookies[who]);
        assert.equal(answer.status, 404, who);
        assert.deepEqual(answer, await ask(method, pattern, unknownId, cookies[who]), who);
        assert.deepEqual(reached, [], `${who} reached the engine`);
      }
      // Leaving ends what the others are asked as.
      if (pattern.endsWith("/leave")) return;
      for (const who of ["viewer", "editor", "owner"] as const) {
        reached.length = 0;
        const { status } = await ask(method, pattern, workspace.id, cookies[who]);
        if (allows(who, access)) {
          assert.notEqual(status, 403, who);
          // There is no such member, of whom only the owner learns.
          assert.equal(status === 404, pattern.includes(":member") && method === "DELETE", who);
        } else {
          assert.equal(status, 403, who);
          assert.deepEqual(reached, [], `${who} reached the engine`);
        }
      }
    });
  }

  it("cannot be declared with an access that does not fit their address", () => {
    const handle = async () => {};
    const gate = async () => {};
    const lax = [{ method: "GET", pattern: "/api/w/:workspace/new", access: "anyone", handle }] as const;
    assert.throws(() => new Router(lax, gate), /GET \/api\/w\/:workspace\/new is for anyone/);
    const lost = [{ method: "GET", pattern: "/api/new", access: "owner", handle }] as const;
    assert.throws(() => new Router(lost, gate), /a route for roles begins with/);
  });
});

describe("the page's sockets", () => {
  const connect = (cookie: string, id = workspace.id, at = url): Socket =>
    io(at, {
      auth: { workspace: id, version: 1 },
      extraHeaders: { cookie },
      transports: ["websocket"],
      reconnection: false,
    });

  /** the first argument of the next event of that name */
  const next = (socket: Socket, name: string): Promise<{ message: string }> =>
    new Promise((resolve) => void socket.once(name, resolve));

  it("are opened for those of the workspace alone", async () => {
    const refusals = new Set<string>();
    for (const who of ["stranger", "forger", "nobody"] as const) {
      for (const id of [workspace.id, unknownId]) {
        const socket = connect(cookies[who], id);
        refusals.add((await next(socket, "connect_error")).message);
        socket.close();
      }
    }
    assert.equal(refusals.size, 1, "whether the workspace exists is told");
    assert.match([...refusals].join(), /This browser has no such workspace/);
  });

  for (const who of ["owner", "editor", "viewer"] as const) {
    it(`take from the ${who} the events of that role, and nothing that is none`, async () => {
      const socket = connect(cookies[who]);
      await next(socket, "connect");
      for (const [name, access] of Object.entries(eventAccess)) {
        const told = next(socket, "trouble");
        socket.emit(name, { nonsense: true });
        const may = access === "anyone" || allows(who, access);
        assert.match((await told).message, may ? /does not understand/ : /You are here to look/, name);
      }
      reached.length = 0;
      const ended = next(socket, "stream-end");
      socket.emit("stream-open", { stream: "s", source: { kind: "files", position: 0 } });
      await ended;
      assert.deepEqual(reached, [workspace.id], "the engine is asked for this workspace and no other");
      socket.close();
    });
  }

  it("let a viewer type into no terminal and no document", () => {
    const open = Object.entries(eventAccess).filter(([, access]) => access === "viewer" || access === "anyone");
    assert.deepEqual(
      open.map(([name]) => name),
      ["stream-open", "stream-ack", "stream-close", "person-move", "person-name", "document-open", "document-close"],
    );
  });

  it("are not opened without end: each page is told of all the others", async () => {
    await membership.accept(workspace, "a-collector", "viewer", "");
    const open: Socket[] = [];
    const tryOne = async (): Promise<string | undefined> => {
      const socket = connect(`drydock=${signer.sign("a-collector")}`);
      open.push(socket);
      const refused = next(socket, "connect_error").then(({ message }) => message);
      return Promise.race([next(socket, "connect").then(() => undefined), refused]);
    };
    for (let page = 0; page < 20; page++) assert.equal(await tryOne(), undefined, `page ${page}`);
    assert.match((await tryOne()) ?? "", /open 20 times: close some/);
    const owner = connect(cookies.owner);
    await next(owner, "connect");
    for (const socket of [...open, owner]) socket.close();
    // The server learns of that a moment later.
    while ((await tryOne()) !== undefined) await new Promise((resolve) => setTimeout(resolve, 10));
    for (const socket of open) socket.close();
  });

  it("are closed that send messages without end, and told why", async (t) => {
    const http = createServer();
    const messages = new MessageLimit({ burst: 100, perSecond: 0.01 });
    const small = serveSockets(http, { ...socketParts, messages });
    t.after(() => small.close());
    const socket = connect(cookies.owner, workspace.id, await listen(http));
    t.after(() => socket.close());
    const told = next(socket, "trouble");
    const gone = next(socket, "disconnect");
    // What is no event of ours counts, too.
    for (let message = 0; message < 200; message++) socket.emit("nothing");
    assert.match((await told).message, /more messages than this server takes/);
    await gone;
  });

  it("end with the membership, at once", async () => {
    await membership.accept(workspace, "a-guest", "editor", "");
    const socket = connect(`drydock=${signer.sign("a-guest")}`);
    await next(socket, "connect");
    const gone = next(socket, "disconnect");
    await membership.leave(workspace, "a-guest");
    await gone;
    const again = connect(`drydock=${signer.sign("a-guest")}`);
    assert.match((await next(again, "connect_error")).message, /no such workspace/);
    for (const each of [socket, again]) each.close();
  });
});
