import { randomInt } from "node:crypto";
import type { Readable } from "node:stream";
import { buffer } from "node:stream/consumers";
import type { BuildEvent } from "../../contract/build-events.ts";
import type { ContainerOutput, FileEntry } from "../../contract/extension-api.ts";
import { snippetLimits, workstation } from "../../contract/playground-api.ts";
import type {
  ShareWorkspace,
  Snippet,
  SnippetBuild,
  SnippetFile,
  SnippetOutput,
} from "../../contract/playground-api.ts";
import { readNdjson } from "../client/ndjson.ts";
import type { TenantClient } from "../client/tenant-client.ts";
import { Problem } from "../http/problem.ts";

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** How long a live stream may be silent before what came is taken for all there is. */
const quiet = 150;

/** Records a workspace as it is now: its files, its latest build, and what containers and terminals have shown. */
export async function recordSnippet(
  tenant: TenantClient,
  options: ShareWorkspace & { parent: string | undefined },
): Promise<Snippet> {
  const { files, omitted } = await recordFiles(tenant);
  if (files.length === 0) throw new Problem(400, "There is no file to share yet.");
  const build = await recordBuild(tenant, options.buildId);
  const outputs = [...(await recordContainers(tenant)), ...(await recordTerminals(tenant, options.columns))];
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
  };
}

async function recordFiles(tenant: TenantClient): Promise<{ files: SnippetFile[]; omitted: string[] }> {
  const files: SnippetFile[] = [];
  const omitted: string[] = [];
  let total = 0;
  for (const entry of (await tenant.files()).filter((each) => each.kind === "file")) {
    const fits = entry.size <= snippetLimits.fileBytes && total + entry.size <= snippetLimits.allFileBytes;
    const file = fits && files.length < snippetLimits.files ? await recordFile(tenant, entry) : undefined;
    if (file === undefined) omitted.push(entry.path);
    else {
      files.push(file);
      total += file.content.length;
    }
  }
  return { files, omitted: omitted.slice(0, 100) };
}

async function recordFile(tenant: TenantClient, entry: FileEntry): Promise<SnippetFile | undefined> {
  const bytes = await buffer(await tenant.readFile(entry.path));
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
  const events: BuildEvent[] = [];
  let bytes = 0;
  const collected = await collectQuietly(
    (signal) => tenant.buildEvents(summary.id, 0, signal),
    async (stream) => {
      for await (const [batch] of readNdjson<BuildEvent>(stream)) {
        for (const event of batch) {
          const size = event.type === "log" ? event.text.length : 200;
          // The structure is kept whole; only output beyond the limit goes.
          if (event.type === "log" && bytes + size > snippetLimits.buildBytes) continue;
          bytes += size;
          if (bytes <= 2 * snippetLimits.buildBytes) events.push(event);
        }
      }
    },
  );
  return collected ? { summary, events } : undefined;
}

async function recordContainers(tenant: TenantClient): Promise<SnippetOutput[]> {
  const containers = (await tenant.docker.containers()).filter((each) => !each.Names.includes(`/${workstation}`));
  const outputs = await Promise.all(
    containers.slice(0, snippetLimits.outputs).map(async (container): Promise<SnippetOutput> => {
      const tail = new Tail();
      await collectQuietly(
        (signal) => tenant.containerOutput(container.Id, 0, signal),
        async (stream) => {
          for await (const [records] of readNdjson<ContainerOutput>(stream)) {
            for (const record of records) tail.add(Buffer.from(record.text));
          }
        },
      );
      const exited = /^Exited \((\d+)\)/.exec(container.Status);
      const title = `${container.Names[0]?.slice(1) ?? container.Id.slice(0, 12)} · ${container.Image}`;
      return { kind: "container", title, ...tail.read(), ...(exited ? { exitCode: Number(exited[1]) } : {}) };
    }),
  );
  return outputs.filter((output) => output.text !== "");
}

async function recordTerminals(tenant: TenantClient, columns: number | undefined): Promise<SnippetOutput[]> {
  const [terminals, containers] = await Promise.all([tenant.terminals(), tenant.docker.containers()]);
  const nameOf = (id: string): string =>
    containers.find((container) => container.Id === id)?.Names[0]?.slice(1) ?? id.slice(0, 12);
  return Promise.all(
    terminals.slice(0, 3).map(async (terminal): Promise<SnippetOutput> => {
      const tail = new Tail();
      const from = Math.max(0, terminal.offset - snippetLimits.outputBytes);
      await collectQuietly(
        (signal) => tenant.terminalOutput(terminal.id, from, signal),
        async (stream) => {
          for await (const chunk of stream as AsyncIterable<Buffer>) tail.add(chunk);
        },
      );
      const { text, omitted } = tail.read();
      const title = `Terminal in ${nameOf(terminal.container)}`;
      return { kind: "terminal", title, text, omitted: omitted + from, ...(columns === undefined ? {} : { columns }) };
    }),
  );
}

/** The last bytes of a stream. */
class Tail {
  readonly #chunks: Buffer[] = [];
  #kept = 0;
  #omitted = 0;

  add(chunk: Buffer): void {
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
    return { text: bytes.subarray(over).toString("utf8"), omitted: this.#omitted + over };
  }
}

/** Reads a live stream until it ends or has been silent for a moment. False if it could not be opened. */
async function collectQuietly(
  open: (signal: AbortSignal) => Promise<Readable>,
  read: (stream: Readable) => Promise<void>,
): Promise<boolean> {
  const controller = new AbortController();
  const deadline = setTimeout(() => controller.abort(), 3000);
  let timer: NodeJS.Timeout | undefined;
  try {
    const stream = await open(controller.signal);
    const restart = (): void => {
      clearTimeout(timer);
      timer = setTimeout(() => controller.abort(), quiet);
    };
    stream.prependListener("readable", restart);
    restart();
    await read(stream);
    return true;
  } catch (error) {
    // Our own abort is the end of what there is; anything else is told by the answer's absence.
    return controller.signal.aborted || !(error instanceof Problem);
  } finally {
    clearTimeout(timer);
    clearTimeout(deadline);
    controller.abort();
  }
}
