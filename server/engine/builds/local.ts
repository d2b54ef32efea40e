import { randomBytes } from "node:crypto";
import type { Readable } from "node:stream";
import type { BuildEvent } from "../../contract/build-events.ts";
import { contextVersion } from "../../contract/context-version.ts";
import type { BuildStart, BuildSummary, FileEntry } from "../../contract/extension-api.ts";
import type { Builder, BuildRequest } from "../builder/builder.ts";
import type { Resumed } from "../builder/records/given.ts";
import { Cancelled, FailedPrecondition, isEngineError, messageOf, NotFound } from "../errdefs/errors.ts";
import type { Digest } from "../oci/digest.ts";
import type { Tenant } from "../tenants/tenant.ts";
import { BuildGist } from "./build-gist.ts";
import type { BuildLogs } from "./build-log.ts";
import { type ArchiveType, deliver, type ImageOutlets } from "./build-outputs.ts";
import { type BuildInputs, openInputs, withoutSecrets } from "./build-inputs.ts";
import { checkedRequest, type Credentials, requestOf } from "./build-request.ts";
import { BuildRun } from "./build-run.ts";
import type { BuildService, BuildSlots } from "./build-service.ts";
import { type BuildTable, interruption } from "./build-table.ts";
import { dockerfileText, sentDockerfile } from "./sent-dockerfile.ts";

/** Characters of what went wrong that each list of builds tells again. */
const longestError = 16 * 1024;
/** Ended builds remembered of one tenant. */
const remembered = 50;

/** Builds of a workspace's directories, recorded in the metadata and in one log file each. */
export class LocalBuilds implements BuildService {
  readonly #tenant: Tenant;
  readonly #workspace: string;
  readonly #files: () => readonly FileEntry[];
  readonly #builder: Pick<Builder, "build" | "expectBuild">;
  readonly #outlets: ImageOutlets;
  readonly #table: BuildTable;
  readonly #logs: BuildLogs;
  readonly #slots: BuildSlots;
  readonly #running = new Map<string, BuildRun>();
  #closing = false;
  /** of those who watch the list: called when it has changed */
  readonly #watchers = new Set<() => void>();

  constructor(options: {
    tenant: Tenant;
    /** the workspace's directory on the host */
    workspace: string;
    /** what is in it */
    files: () => readonly FileEntry[];
    builder: Pick<Builder, "build" | "expectBuild">;
    outlets: ImageOutlets;
    table: BuildTable;
    logs: BuildLogs;
    slots: BuildSlots;
  }) {
    this.#tenant = options.tenant;
    this.#workspace = options.workspace;
    this.#files = options.files;
    this.#builder = options.builder;
    this.#outlets = options.outlets;
    this.#table = options.table;
    this.#logs = options.logs;
    this.#slots = options.slots;
    this.#table.interruptAll(this.#tenant.id);
  }

  start(build: BuildStart, credentials?: Credentials): BuildSummary {
    return this.#start(build, { resumed: undefined, credentials, over: () => undefined });
  }

  /**
   * Builds again what a build of this workspace was asked for, going on from a shell.
   * @param over called when it has ended
   * @throws NotFound, FailedPrecondition (it did not come from the workspace)
   */
  resume(id: string, resumed: Resumed, over: () => void): BuildSummary {
    const request = this.#table.request(this.#tenant.id, id);
    if (request === undefined) {
      throw new FailedPrecondition(`build ${id} was not started from the workspace: its files are gone`);
    }
    return this.#start({ ...request, noCache: false, pull: false }, { resumed, over, credentials: undefined });
  }

  #start(
    build: BuildStart,
    {
      resumed,
      over,
      credentials,
    }: {
      resumed: Resumed | undefined;
      over: () => void;
      credentials: Credentials | undefined;
    },
  ): BuildSummary {
    const checked = checkedRequest(build);
    this.#builder.expectBuild?.();
    using held = new DisposableStack();
    const leave = held.adopt(this.#slots.enter(), (free) => free());
    const inputs = held.adopt(
      openInputs(build, { workspace: this.#workspace, hostBase: this.#tenant.idMap.hostBase }),
      (opened) => void opened.dispose(),
    );
    const summary: BuildSummary = {
      ...this.#newSummary(build),
      contextPath: build.contextPath,
      dockerfile: build.dockerfile ?? "Dockerfile",
      contextVersion: contextVersion(this.#files(), build.contextPath),
    };
    const { run, end } = this.#begin(summary, withoutSecrets(build));
    // From here on it is for the build to let go of them.
    held.move();
    const settle = async () => {
      const request = requestOf(summary, checked, inputs, { run, credentials });
      const goesOn = resumed === undefined ? {} : { resumed };
      await this.#perform(run, { ...request, ...goesOn, ...this.#delivery(inputs, request) });
      leave();
      over();
      await inputs.dispose();
      await end();
    };
    void settle();
    return summary;
  }

  async record(request: Omit<BuildRequest, "id">): Promise<{ imageId: Digest }> {
    const files = this.#files();
    const { name, contextPath } = sentDockerfile(request, { workspace: this.#workspace, files });
    const place = contextPath === undefined ? {} : { contextPath, contextVersion: contextVersion(files, contextPath) };
    const { run, end } = this.#begin({ ...this.#newSummary(request), ...place, dockerfile: name }, undefined);
    const outcome = await this.#perform(run, {
      ...request,
      id: run.id,
      signal: AbortSignal.any([request.signal, run.canceller.signal]),
      onEvent: (event) => {
        run.add(event);
        request.onEvent(event);
      },
    });
    await end();
    if ("imageId" in outcome) {
      return outcome;
    }
    throw run.canceller.signal.aborted ? run.canceller.signal.reason : outcome.error;
  }

  #newSummary({
    tags,
    target,
  }: Pick<BuildStart, "tags" | "target">): Pick<BuildSummary, "id" | "status" | "tags" | "target" | "startedAt"> {
    const id = randomBytes(16).toString("hex");
    return { id, status: "running", tags, ...(target ? { target } : {}), startedAt: Date.now() };
  }

  /** @returns `end`: to be called when it has been performed */
  #begin(summary: BuildSummary, request: BuildStart | undefined): { run: BuildRun; end: () => Promise<void> } {
    this.#table.insert(this.#tenant.id, summary, request);
    const log = this.#logs.create(summary.id);
    const run = new BuildRun(summary.id, (event) => log.append(event));
    this.#running.set(summary.id, run);
    this.#tellWatchers();
    const end = async () => {
      log.close();
      this.#running.delete(summary.id);
      this.#tellWatchers();
      run.end();
      await this.#forgetOld();
    };
    return { run, end };
  }

  list(): BuildSummary[] {
    return this.#table.list(this.#tenant.id).map((build) => this.#unsettled(build));
  }

  async *watch(signal: AbortSignal): AsyncGenerator<BuildSummary[]> {
    let changed = Promise.withResolvers<void>();
    const wake = () => changed.resolve();
    this.#watchers.add(wake);
    signal.addEventListener("abort", wake);
    try {
      while (!signal.aborted) {
        changed = Promise.withResolvers();
        yield this.list();
        await changed.promise;
      }
    } finally {
      this.#watchers.delete(wake);
      signal.removeEventListener("abort", wake);
    }
  }

  #tellWatchers(): void {
    this.#watchers.forEach((wake) => wake());
  }

  get(id: string): BuildSummary {
    const build = this.#table.find(this.#tenant.id, id);
    if (build === undefined) {
      throw new NotFound(`No such build: ${id}`);
    }
    return this.#unsettled(build);
  }

  /** A build whose end could not be recorded (a full disk) does not run for ever. */
  #unsettled(build: BuildSummary): BuildSummary {
    const over = build.status === "running" && !this.#running.has(build.id);
    return over ? { ...build, status: "interrupted", error: "its end could not be recorded: build again" } : build;
  }

  events(id: string, options: { from: number; signal: AbortSignal }): AsyncIterable<BuildEvent> {
    const build = this.get(id);
    const run = this.#running.get(build.id);
    return run === undefined ? this.#past(build.id, options) : run.read(options.from, options.signal);
  }

  async output(id: string, { type, signal }: { type: ArchiveType; signal: AbortSignal }): Promise<Readable> {
    const { imageId, status } = this.get(id);
    if (imageId === undefined) {
      throw new FailedPrecondition(`build ${id} has made no image: it is ${status}`);
    }
    return this.#outlets.open(imageId as Digest, type, { signal });
  }

  /** What else is to become of the image. */
  #delivery({ outputs }: BuildInputs, { tags, signal, auth }: BuildRequest): Pick<BuildRequest, "deliver"> {
    const { idMap, limits } = this.#tenant;
    const to = { outlets: this.#outlets, hostBase: idMap.hostBase, limitBytes: limits?.disk, signal, auth };
    return outputs.length === 0 ? {} : { deliver: (image, epoch) => deliver(outputs, { image, epoch, tags }, to) };
  }

  async cancel(id: string): Promise<void> {
    const run = this.#running.get(this.get(id).id);
    run?.canceller.abort(new Cancelled("the build was cancelled"));
    await run?.over;
  }

  /** Ends all that run, as interrupted, for an orderly end. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([...this.#running.keys()].map((id) => this.cancel(id)));
  }

  async *#past(id: string, { from, signal }: { from: number; signal: AbortSignal }): AsyncGenerator<BuildEvent> {
    for await (const event of this.#logs.read(id)) {
      if (signal.aborted) {
        return;
      }
      if (event.seq >= from) {
        yield event;
      }
    }
  }

  /** Builds, and records how that ended; where it cannot be recorded it stays "running", as after a crash: see `#unsettled`. */
  async #perform(run: BuildRun, request: BuildRequest): Promise<{ imageId: Digest } | { error: unknown }> {
    const gist = new BuildGist();
    const text = dockerfileText(request);
    const onEvent: BuildRequest["onEvent"] = (event) => {
      // Nobody has cancelled it.
      if (event.type === "cancelled" && this.#closing) return;
      gist.hear(event);
      request.onEvent(event.type === "started" && text !== undefined ? { ...event, text } : event);
    };
    const outcome = await this.#builder.build({ ...request, onEvent }).catch((error: unknown) => ({ error }));
    const ending =
      "error" in outcome
        ? endingOf(outcome.error, request.signal, this.#closing)
        : { status: "completed" as const, ...outcome };
    try {
      // As its events say it, by which pages count.
      this.#table.settle(run.id, { ...ending, at: run.lastTime, ...gist.told });
    } catch (error) {
      process.emitWarning(`the end of build ${run.id} could not be recorded: ${messageOf(error)}`);
    }
    return outcome;
  }

  async #forgetOld(): Promise<void> {
    for (const id of this.#table.older(this.#tenant.id, remembered)) {
      if (!this.#running.has(id)) {
        this.#table.remove(id);
        await this.#logs.remove(id);
      }
    }
  }
}

function endingOf(error: unknown, signal: AbortSignal, closing: boolean): Pick<BuildSummary, "status" | "error"> {
  if (!signal.aborted && !isEngineError(error, "cancelled")) {
    return { status: "failed", error: messageOf(error).slice(0, longestError) };
  }
  return closing ? { status: "interrupted", error: interruption } : { status: "cancelled" };
}
