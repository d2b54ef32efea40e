import type { BuildEvent } from "../../contract/build-events.ts";
import type { BuildSummary, ContainerOutput, FileChange } from "../../contract/extension-api.ts";
import type { LoggedRequest } from "../../contract/request-log.ts";
import type { StreamKind, StreamPayloads, StreamSource } from "../../contract/socket-events.ts";
import { readNdjson } from "../client/ndjson.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { watchStats } from "./container-stats.ts";
import { watchContainers } from "./container-watch.ts";

/** A piece of a stream: `position` is where to go on after it, `bytes` about what it weighs. */
export type Piece = {
  [Kind in StreamKind]: { kind: Kind; payload: StreamPayloads[Kind]; position: number; bytes: number };
}[StreamKind];

/** Opens what the page asked for; the pieces end when the stream does, or when `signal` is aborted. */
export function openSource(tenant: TenantClient, source: StreamSource, signal: AbortSignal): AsyncIterable<Piece> {
  switch (source.kind) {
    case "build":
      return buildPieces(tenant, source.build, source.position, signal);
    case "terminal":
      return terminalPieces(tenant, source.terminal, source.position, signal);
    case "output":
      return outputPieces(tenant, source.container, source.position, signal);
    case "stats":
      return statsPieces(tenant, source.container, signal);
    case "requests":
      return requestPieces(tenant, source.position, signal);
    case "files":
      return filePieces(tenant, signal);
    case "builds":
      return buildListPieces(tenant, signal);
    default:
      return containerPieces(tenant, signal);
  }
}

async function* buildPieces(
  tenant: TenantClient,
  id: string,
  from: number,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const stream = await tenant.buildEvents(id, from, signal);
  for await (const [payload, bytes] of readNdjson<BuildEvent>(stream)) {
    yield { kind: "build", payload, position: (payload.at(-1)?.seq ?? from) + 1, bytes };
  }
}

async function* terminalPieces(
  tenant: TenantClient,
  id: string,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const stream = await tenant.terminalOutput(id, offset, signal);
  // Later than asked for when the older bytes are gone.
  let position = Number(stream.headers["x-drydock-offset"] ?? offset);
  for await (const payload of stream as AsyncIterable<Buffer>) {
    position += payload.length;
    yield { kind: "terminal", payload, position, bytes: payload.length };
  }
}

async function* outputPieces(
  tenant: TenantClient,
  id: string,
  offset: number,
  signal: AbortSignal,
): AsyncGenerator<Piece> {
  const stream = await tenant.containerOutput(id, offset, signal);
  for await (const [payload, bytes] of readNdjson<ContainerOutput>(stream)) {
    yield { kind: "output", payload, position: (payload.at(-1)?.offset ?? offset) + 1, bytes };
  }
}

async function* filePieces(tenant: TenantClient, signal: AbortSignal): AsyncGenerator<Piece> {
  for await (const [payload, bytes] of readNdjson<FileChange>(await tenant.changes(signal))) {
    yield { kind: "files", payload, position: 0, bytes };
  }
}

async function* buildListPieces(tenant: TenantClient, signal: AbortSignal): AsyncGenerator<Piece> {
  for await (const [lists, bytes] of readNdjson<BuildSummary[]>(await tenant.watchBuilds(signal))) {
    yield { kind: "builds", payload: lists.at(-1) ?? [], position: 0, bytes };
  }
}

async function* statsPieces(tenant: TenantClient, id: string, signal: AbortSignal): AsyncGenerator<Piece> {
  for await (const payload of watchStats(tenant, id, signal)) {
    yield { kind: "stats", payload, position: 0, bytes: 300 * payload.length };
  }
}

async function* requestPieces(tenant: TenantClient, from: number, signal: AbortSignal): AsyncGenerator<Piece> {
  for await (const [payload, bytes] of readNdjson<LoggedRequest>(await tenant.requests(from, signal))) {
    yield { kind: "requests", payload, position: (payload.at(-1)?.seq ?? from) + 1, bytes };
  }
}

async function* containerPieces(tenant: TenantClient, signal: AbortSignal): AsyncGenerator<Piece> {
  for await (const payload of watchContainers(tenant, signal)) {
    yield { kind: "containers", payload, position: 0, bytes: 200 * (payload.length + 1) };
  }
}
