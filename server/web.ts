/**
 * `web`: the playground's pages, its API, its sockets and the previews of containers, on one port. Runs without
 * privilege and speaks to drydockd by UNIX sockets only. Constructs everything of `server/playground/`.
 * `node server/web.ts [--dev]`; settings: `playground/config.ts`.
 */
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import next from "next";
import type { Role } from "./contract/together.ts";
import { allows } from "./contract/together.ts";
import { databaseUrl, readConfig } from "./playground/config.ts";
import { openDatabase } from "./playground/database/database.ts";
import { EngineClient } from "./playground/client/engine-client.ts";
import { DocumentHub } from "./playground/documents/document-hub.ts";
import { SqlDocumentStateRepository } from "./playground/documents/document-state-repository.ts";
import { SnippetLinks } from "./playground/embeds/snippet-links.ts";
import { AddressLimits } from "./playground/http/address-limits.ts";
import { Problem } from "./playground/http/problem.ts";
import { Router } from "./playground/http/router.ts";
import { explainUnread } from "./playground/http/unread-request.ts";
import { stampTimes } from "./playground/log-times.ts";
import { WebMetrics } from "./playground/metrics/web-metrics.ts";
import { Membership } from "./playground/members/membership.ts";
import { SqlInvitationRepository, SqlMemberRepository } from "./playground/members/sql-member-repository.ts";
import { alone } from "./playground/peers/alone.ts";
import { RedisPeers } from "./playground/peers/redis-peers.ts";
import { Playground } from "./playground/playground.ts";
import { PreviewGrants } from "./playground/previews/preview-grants.ts";
import type { PreviewGrant } from "./playground/previews/preview-grants.ts";
import { PreviewHosts } from "./playground/previews/preview-host.ts";
import { PreviewListeners } from "./playground/previews/preview-listeners.ts";
import { PreviewProxy } from "./playground/previews/preview-proxy.ts";
import { PreviewSlots } from "./playground/previews/preview-slots.ts";
import { SqlRecordRepository } from "./playground/records/sql-record-repository.ts";
import { playgroundRoutes } from "./playground/routes/index.ts";
import { NewcomerLimit } from "./playground/routes/newcomer-limit.ts";
import { WorkspaceContext } from "./playground/routes/workspace-context.ts";
import { readSecret } from "./playground/sessions/secret.ts";
import { Sessions } from "./playground/sessions/sessions.ts";
import { Signer } from "./playground/sessions/signer.ts";
import { PrismaSnippetRepository } from "./playground/snippets/prisma-snippet-repository.ts";
import { EngineMonitor } from "./playground/streams/engine-monitor.ts";
import { serveSockets } from "./playground/streams/socket-server.ts";
import { Rooms } from "./playground/together/room.ts";
import { Examples } from "./playground/workspaces/examples.ts";
import { Janitor } from "./playground/workspaces/janitor.ts";
import { PrismaWorkspaceRepository } from "./playground/workspaces/prisma-workspace-repository.ts";
import { WorkspaceService } from "./playground/workspaces/workspace-service.ts";

stampTimes(console);
const config = readConfig(process.env, process.argv);
const stopping = new AbortController();
const tls = config.publicUrl?.protocol === "https:";

const secret = await readSecret(config.dataDir);
const prisma = await openDatabase(databaseUrl(config));
const peers = config.redisUrl === undefined ? alone() : await RedisPeers.connect(config.redisUrl);
const engine = new EngineClient(config.engineSocket);
const workspaceRepository = new PrismaWorkspaceRepository(prisma);
const snippets = new PrismaSnippetRepository(prisma);
const examples = new Examples(fileURLToPath(new URL("../examples", import.meta.url)));
const sessions = new Sessions(new Signer(secret, "session"), tls);
const documentStates = new SqlDocumentStateRepository(prisma);
const membership = new Membership(new SqlMemberRepository(prisma), new SqlInvitationRepository(prisma));
const records = new SqlRecordRepository(prisma);
const workspaces = new WorkspaceService(
  workspaceRepository,
  { snippets, examples, membership, records, documentStates, places: (options) => peers.places(options) },
  engine,
  config,
);
const documents = new DocumentHub((workspace) => workspaces.tenantOf(workspace), documentStates);
const rooms = new Rooms();
const monitor = new EngineMonitor(engine);
const context = new WorkspaceContext(sessions, workspaces);
const addresses = new AddressLimits(config.connectionsPerAddress, config.publicUrl !== undefined);
const newcomers = new NewcomerLimit(config.workspacesPerHour, config.publicUrl !== undefined, peers.counter);
const grants = new PreviewGrants(new Signer(secret, "preview-token"), new Signer(secret, "preview-cookie"));
const hosts = new PreviewHosts(config.previewDomain);
const scheme = tls ? "https" : "http";
const previews = new PreviewProxy(grants, resolvePreview, tls);
const previewListeners = new PreviewListeners(previews, config.allowedHosts, addresses);
const slots = new PreviewSlots(previewListeners.ports, grants);

// Nothing is told to anyone outside.
process.env["NEXT_TELEMETRY_DISABLED"] = "1";
const http = createServer({
  // What asks for HTTP/2 besides (Java does, always) is a request like others, but for containers that may speak it.
  shouldUpgradeCallback: (request) =>
    hosts.parse(request) !== undefined || request.headers.upgrade?.toLowerCase() === "websocket",
});
const app = next({
  dev: config.dev,
  dir: fileURLToPath(new URL("..", import.meta.url)),
  httpServer: http,
  hostname: config.host,
  port: config.port,
});
await app.prepare();

const metrics = new WebMetrics({
  engineUp: () => monitor.up,
  sockets: () => sockets.open(),
  workspaces: () => prisma.workspace.count(),
});
const playground = new Playground({
  config,
  hosts,
  previews,
  links: new SnippetLinks(snippets, config.publicUrl),
  pages: app.getRequestHandler(),
  router: new Router(
    playgroundRoutes({
      monitor,
      problems,
      context,
      sessions,
      workspaces,
      membership,
      documents,
      rooms,
      newcomers,
      examples,
      snippets,
      publicUrl: config.publicUrl,
      embedSites: config.embedSites,
      grants,
      hosts,
      slots,
      scheme,
    }),
    (route, least) => context.admit(route, least),
    (...answer) => metrics.answered(...answer),
  ),
});
http.on("request", playground.onRequest);

// Next (hot reload) and socket.io listen for upgrades too: previews are taken out before they see them.
const sockets = serveSockets(http, {
  sessions,
  workspaces,
  membership,
  documents,
  rooms,
  monitor,
  peers,
  isOurs: (request) => playground.isOurs(request),
});
const upgradeListeners = http.listeners("upgrade");
http.removeAllListeners("upgrade");
http.on("upgrade", (request, socket, head) => {
  // node listens no more, and socket.io not at once: who goes meanwhile would be an error that nobody catches.
  socket.on("error", () => socket.destroy());
  if (playground.onUpgrade(request, socket, head)) return;
  // Nobody else would answer, and it would stay open for ever.
  if (!config.dev && request.url?.startsWith("/socket.io/") !== true) {
    socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    return;
  }
  for (const listener of upgradeListeners) Reflect.apply(listener, http, [request, socket, head]);
});
addresses.guard(http);
explainUnread(http);

const metricsServer = config.metrics === undefined ? undefined : metrics.listen(config.metrics);
await monitor.start(stopping.signal);
new Janitor({ workspaces: workspaceRepository, records }, workspaces, engine, config).start(stopping.signal, (ms) =>
  peers.takeTurn("janitor", ms),
);
await previewListeners.listen(config.previewPorts, config.host);
http.listen(config.port, config.host, () => {
  console.log(`Drydock is at ${config.publicUrl?.href ?? `http://localhost:${config.port}/`}`);
});

for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => void stop());

async function stop(): Promise<void> {
  console.log("web ends");
  stopping.abort();
  const deadline = setTimeout(() => process.exit(0), 3000);
  deadline.unref();
  await sockets.close();
  http.closeAllConnections();
  previewListeners.close();
  metricsServer?.close();
  engine.close();
  await peers.close();
  await prisma.$disconnect();
  process.exit(0);
}

/** Why nobody can be served. */
async function problems(): Promise<string[]> {
  const database = await prisma.workspace.count().then(
    () => [],
    () => ["the database does not answer"],
  );
  const away = peers.trouble();
  return [...(monitor.up ? [] : ["the engine does not answer"]), ...database, ...(away === undefined ? [] : [away])];
}

/** The grant is looked up anew each time: the session must still be at least that in the workspace, the container its own. */
async function resolvePreview(grant: PreviewGrant, least: Role): Promise<{ address: string; port: number }> {
  const workspace = await workspaces.authorize(grant.session, grant.workspace, least);
  const tenant = await workspaces.tenant(workspace);
  const ports = await tenant.ports(grant.container);
  const found = ports.find(({ port, protocol }) => port === grant.port && protocol === "tcp");
  if (found === undefined) {
    throw new Problem(502, `Nothing in the container listens on port ${grant.port} now. It may have stopped.`);
  }
  if (found.loopback !== undefined) {
    const where = `${found.loopback}:${found.port}`;
    throw new Problem(502, `The server listens on ${where} only, inside its container. Let it listen on 0.0.0.0.`);
  }
  // Looking on is no activity.
  if (allows(workspace.role, "editor")) workspaces.touch(grant.workspace);
  return found;
}
