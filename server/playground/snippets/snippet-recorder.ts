import { randomInt } from "node:crypto";
import { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { BuildEvent } from "../../contract/build-events.ts";
import type { BuildSummary, ContainerOutput, FileEntry } from "../../contract/extension-api.ts";
import { snippetLimits } from "../../contract/playground-api.ts";
import type {
  ContainerView,
  ShareWorkspace,
  Snippet,
  SnippetBuild,
  SnippetFile,
  SnippetOutput,
} from "../../contract/playground-api.ts";
import { readNdjson } from "../client/ndjson.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { Problem } from "../http/problem.ts";
import { listContainers } from "../streams/container-watch.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** How long the events of a running build may be silent before what came is taken for all there is so far, ms. */
const quiet = 150;
/** How long one is listened to that is never silent, ms. */
const whileRunning = 3000;
/** How long anything that has an end may take before the engine is taken for stuck, ms. */
const patience = 20_000;
/** Lines asked of a container's log: more than snippetLimits.outputBytes, but for the shortest of lines. */
const logLines = 8192;

/**
 * Records a workspace as it is now: its files, its latest build, and what containers and terminals have shown.
 *
 * @throws Problem 503 when one of them could not be read to its end: a snippet is for good, so it is whole or not made
 */
export async function recordSnippet(
  tenant: TenantClient,
  options: ShareWorkspace & { parent: string | undefined },
): Promise<Snippet> {
  const { files, omitted } = await recordFiles(tenant);
  if (files.length === 0) throw new Problem(400, "There is no file to share yet.");
  const build = await recordBuild(tenant, options.buildId);
  const containers = await recordContainers(tenant);
  const terminals = await recordTerminals(tenant, options.columns);
  const outputs = [...containers.outputs, ...terminals.outputs];
  const leftOut = [
    ...containers.omitted,
    ...outputs.slice(snippetLimits.outputs).map(({ title }) => title),
    ...terminals.omitted,
  ];
  return {
    // 62^14: 83 bits, not to be guessed.
    id: Array.from({ length: 14 }, () => alphabet[randomInt(alphabet.length)]).join(""),
    title: options.title,
    createdAt: Date.now(),
    ...(options.parent === undefined ? {} : { parent: options.parent }),
    files,
    omittedFiles: omitted,
    ...(build === undefined ? {} : { build }),
    outputs: outputs.slice(0, snippetLimits.outputs),
    omittedOutputs: leftOut.slice(0, 100),
  };
}

async function recordFiles(tenant: TenantClient): Promise<{ files: SnippetFile[]; omitted: string[] }> {
  const files: SnippetFile[] = [];
  const omitted: string[] = [];
  let total = 0;
  for (const entry of (await tenant.files()).filter((each) => each.kind === "file")) {
    // A name on disk need not be Unicode; one in a snippet must be.
    const fits =
      entry.path.isWellFormed() &&
      entry.size <= snippetLimits.fileBytes &&
      total + entry.size <= snippetLimits.allFileBytes;
    const file = fits && files.length < snippetLimits.files ? await recordFile(tenant, entry) : undefined;
    if (file === "gone") continue;
    if (file === undefined) omitted.push(entry.path.toWellFormed());
    else {
      files.push(file);
      total += file.content.length;
    }
  }
  return { files, omitted: omitted.slice(0, 100) };
}

/** `gone`: since it was listed it was deleted or renamed. undefined: it is too large. */
async function recordFile(tenant: TenantClient, entry: FileEntry): Promise<SnippetFile | "gone" | undefined> {
  let bytes: Buffer;
  try {
    bytes = await buffer(await tenant.readFile(entry.path));
  } catch (error) {
    if (error instanceof Problem && error.status === 404) return "gone";
    throw error;
  }
  // It may have grown since it was listed.
  if (bytes.length > snippetLimits.fileBytes) return undefined;
  const text = bytes.toString("utf8");
  const isText = !text.includes("\0") && Buffer.from(text).equals(bytes);
  return {
    path: entry.path,
    executable: entry.executable,
    ...(isText ? { encoding: "utf8", content: text } : { encoding: "base64", content: bytes.toString("base64") }),
  };
}

async function recordBuild(tenant: TenantClient, id: string | undefined): Promise<SnippetBuild | undefined> {
  const builds = await tenant.builds();
  const summary = id === undefined ? builds[0] : builds.find((build) => build.id === id);
  if (summary === undefined) return undefined;
  const running = summary.status === "running";
  const events: BuildEvent[] = [];
  let bytes = 0;
  const found = await recordStream("the build", async (signal) => {
    const stream = await tenant.buildEvents(summary.id, 0, signal);
    for await (const batch of records<BuildEvent>(running ? Readable.from(untilQuiet(stream)) : stream)) {
      for (const event of batch) {
        const size = event.type === "log" ? event.text.length : 200;
        // The structure is kept whole; only output and progress beyond the limit go.
        const isStructure = event.type !== "log" && event.type !== "status";
        if (!isStructure && bytes + size > snippetLimits.buildBytes) continue;
        bytes += size;
        if (bytes <= 2 * snippetLimits.buildBytes)
          events.push(event.type === "started" ? begun(event, summary) : event);
      }
    }
  });
  return found ? { summary, events } : undefined;
}

/** What is shared of a Dockerfile of the workspace is the file as it is now: nobody has seen what it was before. */
function begun(event: BuildEvent & { type: "started" }, { contextPath }: BuildSummary): BuildEvent {
  const { text, ...rest } = event;
  return contextPath === undefined && text !== undefined ? event : rest;
}

interface RecordedOutputs {
  outputs: SnippetOutput[];
  /** titles */
  omitted: string[];
}

async function recordContainers(tenant: TenantClient): Promise<RecordedOutputs> {
  const containers = await listContainers(tenant);
  const own = containers.filter((each) => !each.workstation);
  const outputs = await Promise.all(
    own.slice(0, snippetLimits.outputs).map(async (container): Promise<SnippetOutput> => {
      const tail = new Tail();
      const { id, name, exitCode, ending } = container;
      await recordStream(`the output of ${name}`, async (signal) => {
        const stream = await tenant.lastContainerOutput(id, logLines, signal);
        for await (const batch of records<ContainerOutput>(stream)) {
          for (const record of batch) tail.add(Buffer.from(record.text), record.offset);
        }
      });
      return {
        kind: "container",
        title: titleOf(container),
        ...tail.read(),
        ...(exitCode === undefined ? {} : { exitCode }),
        ...(ending === undefined ? {} : { ending }),
      };
    }),
  );
  return {
    outputs: outputs.filter((output) => output.text !== ""),
    omitted: own.slice(snippetLimits.outputs).map(titleOf),
  };
}

/** An image that has lost its name is known by the beginning of its id. */
function titleOf({ name, image }: ContainerView): string {
  return `${name} · ${image.replace(/^sha256:(.{12}).*/, "$1")}`;
}

async function recordTerminals(tenant: TenantClient, columns: number | undefined): Promise<RecordedOutputs> {
  const [terminals, containers] = await Promise.all([tenant.terminals(), tenant.docker.containers()]);
  const nameOf = (id: string): string =>
    containers.find((container) => container.Id === id)?.Names[0]?.slice(1) ?? id.slice(0, 12);
  const titled = (id: string): string => `Terminal in ${nameOf(id)}`;
  const outputs = await Promise.all(
    terminals.slice(0, snippetLimits.terminals).map(async (terminal): Promise<SnippetOutput> => {
      const tail = new Tail();
      const from = Math.max(0, terminal.offset - snippetLimits.outputBytes);
      const name = nameOf(terminal.container);
      await recordStream(`the terminal in ${name}`, async (signal) => {
        const stream = await tenant.terminalOutput(terminal.id, from, signal);
        // Later than asked for when the older bytes are gone.
        let position = Number(stream.headers["x-drydock-offset"] ?? from);
        const first = position;
        // It goes on for as long as the terminal does: what it had shown when it was listed is what we want.
        if (position >= terminal.offset) return;
        for await (const chunk of stream as AsyncIterable<Buffer>) {
          tail.add(chunk, first);
          position += chunk.length;
          if (position >= terminal.offset) return;
        }
      });
      const title = titled(terminal.container);
      return { kind: "terminal", title, ...tail.read(), ...(columns === undefined ? {} : { columns }) };
    }),
  );
  return { outputs, omitted: terminals.slice(snippetLimits.terminals).map(({ container }) => titled(container)) };
}

/** The last bytes of a stream. */
class Tail {
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #omitted: number | undefined;

  /** @param offset bytes before the first chunk that were never read; of later chunks it does not count */
  add(chunk: Buffer, offset: number): void {
    this.#omitted ??= offset;
    this.#chunks.push(chunk);
    this.#kept += chunk.length;
    while (this.#kept - (this.#chunks[0]?.length ?? 0) > snippetLimits.outputBytes) {
      const gone = this.#chunks.shift()?.length ?? 0;
      this.#kept -= gone;
      this.#omitted += gone;
    }
  }

  read(): { text: string; omitted: number } {
    const bytes = Buffer.concat(this.#chunks);
    const over = Math.max(0, bytes.length - snippetLimits.outputBytes);
    return { text: bytes.subarray(over).toString("utf8"), omitted: (this.#omitted ?? 0) + over };
  }
}

/**
 * Reads one thing to the end of what is wanted of it. False if it is not there (any more), or keeps nothing to read.
 *
 * @throws Problem 503 when the engine broke off or is stuck
 */
async function recordStream(what: string, read: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
  const controller = new AbortController();
  const deadline = setTimeout(() => controller.abort(), patience);
  try {
    await read(controller.signal);
    return true;
  } catch (cause) {
    if (cause instanceof Problem && (cause.status === 404 || cause.status === 501)) return false;
    const message = `The engine stopped answering while ${what} was being recorded, so nothing was shared. Try again in a moment.`;
    throw new Problem(503, message, { cause });
  } finally {
    clearTimeout(deadline);
    controller.abort();
  }
}

/** NDJSON in batches. @throws Error when the engine says in a line of its own that it cannot go on */
async function* records<Value extends object>(stream: Readable): AsyncGenerator<Value[]> {
  for await (const [batch] of readNdjson<Value & { errorDetail?: { message: string } }>(stream)) {
    const failed = batch.find(({ errorDetail }) => errorDetail !== undefined);
    if (failed !== undefined) throw new Error(failed.errorDetail?.message);
    yield batch;
  }
}

/** A live stream up to its end, or until it has been silent for a moment after it began. */
async function* untilQuiet(stream: Readable): AsyncGenerator<Buffer> {
  let over = false;
  const stop = (): void => {
    over = true;
    stream.destroy();
  };
  let silence: NodeJS.Timeout | undefined;
  let longest: NodeJS.Timeout | undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      clearTimeout(silence);
      silence = setTimeout(stop, quiet);
      longest ??= setTimeout(stop, whileRunning);
      yield chunk;
    }
  } catch (error) {
    if (!over) throw error;
  } finally {
    clearTimeout(silence);
    clearTimeout(longest);
  }
}
