import type { BuildEvent } from "../../../server/contract/build-events.ts";
import type { BuildStart, BuildSummary } from "../../../server/contract/extension-api.ts";
import { json, lines, send, until } from "./http.ts";
import { tar } from "./tar.ts";

/** One line of the classic `/build` endpoint. */
export interface ClassicLine {
  stream?: string;
  error?: string;
  errorDetail?: { code?: number; message: string };
}

/** Builds a Dockerfile of the tenant's workspace through the extension; does not wait. */
export async function startBuild(
  socket: string,
  dockerfile: string,
  more: Partial<BuildStart> = {},
): Promise<BuildSummary> {
  const directory = "build";
  const path = `/drydock/v1/workspace/file?path=${encodeURIComponent(`${directory}/Dockerfile`)}`;
  const { status, text } = await send(socket, path, { method: "PUT", body: dockerfile });
  if (status >= 400) {
    throw new Error(`writing the Dockerfile: ${status} ${text}`);
  }
  return json<BuildSummary>(socket, "POST", "/drydock/v1/builds", {
    contextPath: directory,
    tags: [],
    noCache: true,
    ...more,
  });
}

/** All events; comes back when the build has ended. */
export async function eventsOf(socket: string, id: string): Promise<BuildEvent[]> {
  return lines<BuildEvent>((await send(socket, `/drydock/v1/builds/${id}/events?from=0`)).text);
}

export function summaryOf(socket: string, id: string): Promise<BuildSummary> {
  return json<BuildSummary>(socket, "GET", `/drydock/v1/builds/${id}`);
}

/** Resolves when a step of the build has written this. */
export async function untilWritten(socket: string, id: string, text: string): Promise<void> {
  const stop = new AbortController();
  try {
    await until(`the build writes ${text}`, async () => {
      const { status } = await summaryOf(socket, id);
      // Its instruction, which is told before, may have the same words.
      const seen = (await peek(socket, id))
        .split("\n")
        .filter((line) => line.includes('"type":"log"'))
        .join("\n");
      if (status !== "running" && !seen.includes(text)) {
        throw new Error(`the build ended (${status}) without writing ${text}`);
      }
      return seen.includes(text);
    });
  } finally {
    stop.abort();
  }
}

/** What a live stream of events holds by now. */
async function peek(socket: string, id: string): Promise<string> {
  const { request } = await import("node:http");
  return new Promise((resolve, reject) => {
    let text = "";
    const outgoing = request(
      { socketPath: socket, path: `/drydock/v1/builds/${id}/events?from=0`, agent: false },
      (response) => {
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("error", () => resolve(text));
        response.on("end", () => resolve(text));
        setTimeout(() => outgoing.destroy(), 100);
      },
    );
    outgoing.on("error", (error) => (text === "" ? reject(error) : resolve(text)));
    outgoing.on("close", () => resolve(text));
    outgoing.end();
  });
}

/** A build through the classic endpoint, to its end. */
export async function classicBuild(
  socket: string,
  dockerfile: string,
  query = "",
): Promise<{ status: number; text: string; lines: ClassicLine[] }> {
  const { status, text } = await send(socket, `/v1.41/build?nocache=1${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/x-tar" },
    body: tar([{ name: "Dockerfile", content: dockerfile }]),
  });
  return { status, text, lines: lines<ClassicLine>(text) };
}
