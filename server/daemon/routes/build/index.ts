import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { BuildRequest, ContextSource } from "../../../engine/builder/builder.ts";
import type { NewBuildEvent } from "../../../contract/build-events.ts";
import { BuildError } from "../../../engine/builder/build-error.ts";
import type { TenantEngine } from "../../../engine/tenant-engine.ts";
import { errorLine, lines, type Reply } from "../../http/reply.ts";
import { type Call, type Route, route } from "../../http/route.ts";
import { ClassicBuildOutput } from "../../translate/classic-build.ts";
import type { SharedServices } from "../services.ts";
import { buildCacheRoutes } from "./cache.ts";
import { buildParameters } from "./request.ts";

/** Unpacks the tar of a build's context (any compression) into a directory of its own, with limits. */
export type UnpackContext = (tar: Readable, signal: AbortSignal) => Promise<ContextSource>;

/** One at a time goes in as long as the tenant has room. @throws ResourceExhausted */
export interface BuildSlots {
  enter(): () => void;
}

type Needs = Pick<TenantEngine, "builder">;

/** `docker build` with the classic builder's endpoint. */
export function buildRoutes(
  engine: Needs,
  shared: Pick<SharedServices, "collector">,
  context: { unpack: UnpackContext; slots: BuildSlots },
): Route[] {
  return [route("POST", "/build", (call) => build(call, engine, context)), ...buildCacheRoutes(engine, shared)];
}

function build(call: Call, { builder }: Needs, { unpack, slots }: { unpack: UnpackContext; slots: BuildSlots }): Reply {
  const parameters = buildParameters(call);
  const quiet = call.query.bool("q");
  return lines(async (write) => {
    const leave = slots.enter();
    const gone = new AbortController();
    const signal = AbortSignal.any([call.signal, gone.signal]);
    try {
      const source = await unpack(call.body, signal);
      const output = new OrderedOutput(write, quiet, (error) => gone.abort(error));
      try {
        const { imageId } = await builder.build({
          id: randomBytes(16).toString("hex"),
          context: source,
          ...parameters,
          signal,
          onEvent: (event) => output.take(event),
        });
        await output.flush();
        if (quiet) {
          await write({ stream: `${imageId}\n` });
        }
      } catch (error) {
        await output.flush();
        if (!(error instanceof BuildError) || error.exitCode === undefined) {
          throw error;
        }
        if (!quiet) {
          await write({ stream: whereAndWhy(error, parameters.dockerfile) });
        }
        await write(errorLine(error.message, error.exitCode));
      } finally {
        await source.dispose();
      }
    } finally {
      leave();
    }
  });
}

/** The classic builder tells only the exit code: which line it was, and what to do, come before that. */
function whereAndWhy({ range, advice }: BuildError, dockerfile: BuildRequest["dockerfile"]): string {
  const name = "path" in dockerfile ? dockerfile.path : dockerfile.name;
  const where = range === undefined ? "" : `This was line ${range.startLine} of ${name}.`;
  return `\n${[where, advice ?? ""].filter(Boolean).join(" ")}\n`;
}

/** Writes what the events say, in order, without making the builder wait for the client. */
class OrderedOutput {
  readonly #classic = new ClassicBuildOutput();
  readonly #write: (line: unknown) => Promise<void>;
  readonly #quiet: boolean;
  readonly #onBroken: (error: unknown) => void;
  #written: Promise<void> = Promise.resolve();

  constructor(write: (line: unknown) => Promise<void>, quiet: boolean, onBroken: (error: unknown) => void) {
    this.#write = write;
    this.#quiet = quiet;
    this.#onBroken = onBroken;
  }

  take(event: NewBuildEvent): void {
    const lines = this.#quiet ? [] : this.#classic.lines(event);
    for (const line of lines) {
      this.#written = this.#written.then(() => this.#write(line)).catch(this.#onBroken);
    }
  }

  flush(): Promise<void> {
    return this.#written;
  }
}
