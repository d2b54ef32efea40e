import type { BuildEvent, BuildWarning } from "#contract/build-events.ts";
import type { BuildRecord } from "#contract/build-record.ts";
import { contextVersion } from "#contract/context-version.ts";
import type { BuildStart, BuildSummary } from "#contract/extension-api.ts";
import { errorText, isPassing } from "../../lib/api.ts";
import type { WorkspaceApi } from "../../lib/api.ts";
import type { Connection } from "../../lib/connection.ts";
import { messages } from "../../lib/messages.ts";
import { Store, until } from "../../lib/store.ts";
import type { DocumentsStore } from "../editor/documents-store.ts";
import { isDockerfile, nameOf, parentOf } from "../files/file-tree-model.ts";
import type { FilesStore } from "../files/files-store.ts";
import type { Notices } from "../ui/notices.tsx";
import { applyEvents, dockerfileOf, emptyBuild, endSteps } from "./build-state.ts";
import type { Pointed } from "./pointed.ts";
import type { BuildState } from "./build-state.ts";

export const buildViews = ["steps", "timeline", "layers", "compare", "experiment"] as const;
export type BuildView = (typeof buildViews)[number];

export interface ImageSide {
  image: string;
  /** from 0; absent: all of them */
  layer?: number;
}

/** A layer by the step that made it; `byHand`: what was changed in a shell after that. */
export interface WantedLayer {
  step: string;
  what: "own" | "byHand";
}

export interface BuildChoices {
  noCache?: boolean;
  pull?: boolean;
  /** for this build alone: no store keeps them */
  secrets?: NonNullable<BuildStart["secrets"]>;
}

export interface BuildsParts {
  api: WorkspaceApi;
  connection: Connection;
  documents: DocumentsStore;
  files: FilesStore;
  notices: Notices;
}

/** The builds of the workspace: which there were, and the one that is shown. */
export class BuildsStore {
  readonly history = new Store<BuildSummary[]>([]);
  /** the history has come */
  readonly known = new Store(false);
  readonly shown = new Store<BuildState | undefined>(undefined);
  /** a build was asked for and has not begun */
  readonly starting = new Store(false);
  /** the workspace was opened to be built and run at once, which is not over yet */
  readonly wished = new Store(false);
  /** where the editor should go */
  readonly reveal = new Store<{ path: string; line: number; focus: boolean } | undefined>(undefined);
  /** files of the shown build's context are not what they were when it began; undefined: not known (yet) */
  readonly changed = new Store<boolean | undefined>(undefined);
  /** of the shown build, once it has ended */
  readonly record = new Store<BuildRecord | undefined>(undefined);
  /** the step that the learner points at, in the editor or in the list: both show it */
  readonly pointed = new Store<Pointed>(undefined);
  /** the step of the shown build that was opened or closed last, here or by whom this page follows */
  readonly toggled = new Store<{ id: string; open: boolean } | undefined>(undefined);
  /** what the editor should change: a fix that was pressed in the list of warnings */
  readonly fix = new Store<{ path: string; fix: NonNullable<BuildWarning["fix"]> } | undefined>(undefined);
  /** which view of the build is open */
  readonly view = new Store<BuildView>("steps");
  /** the image, and the one layer of it, that were chosen to look into, here or by whom this page follows */
  readonly looked = new Store<ImageSide | undefined>(undefined);
  /** the sides that were chosen to compare, likewise; what is absent is the shown build's and the one's before */
  readonly compared = new Store<{ before?: ImageSide; after?: ImageSide }>({});
  /** the layer that the layers' view should show: that of a step of the shown build */
  readonly wantedLayer = new Store<WantedLayer | undefined>(undefined);
  readonly #parts: BuildsParts;
  /** that this page has asked for; others were begun in another tab, or by somebody else */
  readonly #own = new Set<string>();
  /** settles when what this page has asked for so far is among them, or was refused */
  #asked: Promise<unknown> = Promise.resolve();
  /** an earlier build was chosen, which was over */
  #looksBack = false;
  #stop: (() => void) | undefined;
  #unfollow: (() => void) | undefined;
  #pending: BuildEvent[] = [];
  #frame: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: BuildsParts) {
    this.#parts = parts;
    parts.files.entries.subscribe(() => this.#compare());
  }

  get running(): boolean {
    return this.starting.value || this.shown.value?.summary.status === "running";
  }

  /** Follows the history, and shows the latest build, also one that is still going. Resolves when that is known. */
  start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#unfollow = this.#parts.connection.follow(
      { kind: "builds", position: 0 },
      {
        onData: (all) => {
          const [last] = this.history.value;
          this.history.set(all);
          this.known.set(true);
          const [latest] = all;
          if (latest !== undefined && latest.id !== last?.id) void this.#meet();
          resolve();
        },
      },
    );
    return promise;
  }

  /** What was begun elsewhere is shown at once, unless one looks at an earlier build, or at one that is going. */
  async #meet(): Promise<void> {
    await this.#asked;
    const [latest] = this.history.value;
    if (latest === undefined || this.#own.has(latest.id) || this.#looksBack) return;
    const shown = this.shown.value?.summary;
    if (shown?.status !== "running" && shown?.id !== latest.id) this.show(latest);
  }

  /** Starts a build for this page, which shows it itself. @throws what the server refuses it with */
  begin(start: () => Promise<BuildSummary>): Promise<BuildSummary> {
    const begun = start().then((summary) => {
      this.#own.add(summary.id);
      this.history.update((all) => (all.some(({ id }) => id === summary.id) ? all : [summary, ...all]));
      return summary;
    });
    this.#asked = Promise.allSettled([this.#asked, begun]);
    return begun;
  }

  /** The Dockerfile that Build would build: the one in the editor, else that of the shown build, else the topmost. */
  target(): string | undefined {
    const active = this.#parts.documents.active.value;
    if (active !== undefined && isDockerfile(active)) return active;
    const all = (this.#parts.files.entries.value ?? []).filter(
      (entry) => entry.kind === "file" && isDockerfile(entry.path),
    );
    const shown = all.find(({ path }) => path === this.#dockerfile);
    if (shown !== undefined) return shown.path;
    return all.toSorted((a, b) => a.path.split("/").length - b.path.split("/").length)[0]?.path;
  }

  /** Resolves with the id of the build that has begun; undefined when none has, which the learner was told. */
  async build(choices: BuildChoices = {}): Promise<string | undefined> {
    const { notices, files } = this.#parts;
    const dockerfile = this.target();
    const hindrance = this.#hindrance();
    if (dockerfile === undefined || hindrance !== undefined) {
      notices.show("note", hindrance ?? messages.build.nothingToBuild);
      return undefined;
    }
    this.starting.set(true);
    try {
      await this.#parts.documents.flush();
      const contextPath = parentOf(dockerfile);
      const start: BuildStart = { contextPath, dockerfile: nameOf(dockerfile), tags: [tagOf(dockerfile)], ...choices };
      const begun = this.begin(() => this.#parts.api.startBuild(start));
      const [summary] = await Promise.all([begun, files.refresh()]);
      if (this.view.value !== "timeline") this.view.set("steps");
      this.show(summary);
      return summary.id;
    } catch (error) {
      notices.show("error", errorText(error));
      return undefined;
    } finally {
      this.starting.set(false);
    }
  }

  /** Builds the Dockerfile of the shown build, as it is now. */
  async rebuild(): Promise<void> {
    const path = this.#dockerfile;
    if (path !== undefined) await this.#parts.documents.show(path);
    await this.build();
  }

  /** Why no build can begin now, in words. */
  #hindrance(): string | undefined {
    if (this.running) return messages.build.alreadyRunning;
    // The files could not be saved first, and nothing of the build would be seen.
    return this.#parts.connection.state.value.connected ? undefined : messages.build.needsConnection;
  }

  /** Builds, and when that has succeeded calls `run` with the image. Waits for the files to be listed first. */
  async buildAndRun(run: (image: string) => Promise<unknown>): Promise<void> {
    await until(this.#parts.files.entries, (entries) => entries !== undefined);
    const id = await this.build();
    if (id === undefined) return;
    const build = await until(this.shown, (each) => each?.summary.id !== id || each.summary.status !== "running");
    const image = build?.summary.tags[0] ?? build?.summary.imageId;
    // Another build may be shown meanwhile: then the learner has gone on to something else.
    if (build?.summary.id === id && build.summary.status === "completed" && image !== undefined) await run(image);
  }

  async cancel(): Promise<void> {
    const build = this.shown.value;
    if (build?.summary.status !== "running") return;
    try {
      await this.#parts.api.cancelBuild(build.summary.id);
    } catch (error) {
      this.#parts.notices.show("error", errorText(error));
    }
  }

  /** Replays a build from its beginning, and follows it if it is not over. */
  show(summary: BuildSummary): void {
    this.#stop?.();
    this.#pending = [];
    const [latest] = this.history.value;
    this.#looksBack = summary.status !== "running" && latest !== undefined && latest.id !== summary.id;
    this.record.set(undefined);
    this.pointed.set(undefined);
    this.toggled.set(undefined);
    this.wantedLayer.set(undefined);
    this.looked.set(undefined);
    this.compared.set({});
    this.shown.set(emptyBuild({ ...summary, status: summary.status === "interrupted" ? "interrupted" : "running" }));
    this.#compare();
    this.#stop = this.#parts.connection.follow(
      { kind: "build", build: summary.id, position: 0 },
      {
        onData: (events) => this.#collect(events),
        onEnd: () => this.#ended(summary.id),
      },
    );
  }

  /** Changes the Dockerfile of the shown build, which is as it was built. */
  applyFix(fix: NonNullable<BuildWarning["fix"]>): void {
    const path = this.#dockerfile;
    if (path !== undefined) void this.#parts.documents.show(path).then(() => this.fix.set({ path, fix }));
  }

  /** Whether `path` is the Dockerfile of the shown build. */
  isShown(path: string): boolean {
    return this.#dockerfile === path;
  }

  get #dockerfile(): string | undefined {
    return this.shown.value && dockerfileOf(this.shown.value.summary);
  }

  /** Builds on from what was changed in a shell of a step of the shown build. */
  async resume(step: string, container: string): Promise<void> {
    const build = this.shown.value?.summary.id;
    if (build === undefined) return;
    try {
      this.show(await this.begin(() => this.#parts.api.resumeBuild(build, step, container)));
    } catch (error) {
      this.#parts.notices.show("error", errorText(error));
    }
  }

  async #loadRecord(id: string): Promise<void> {
    try {
      const record = await this.#parts.api.buildRecord(id);
      if (this.shown.value?.summary.id === id) this.record.set(record);
    } catch (error) {
      if (!isPassing(error)) return;
      setTimeout(() => void this.#loadRecord(id), 3000);
    }
  }

  stop(): void {
    this.#stop?.();
    this.#unfollow?.();
    clearTimeout(this.#frame);
  }

  /** Without `focus` only when its file is in the editor: nobody asked to leave the other one. */
  revealLine(line: number, focus: boolean): void {
    const path = this.#dockerfile;
    if (path === undefined) return;
    if (focus || this.#parts.documents.active.value === path) this.revealIn(path, line, focus);
  }

  /** Takes the editor to a line of any file. */
  revealIn(path: string, line: number, focus = true): void {
    void this.#parts.documents.show(path).then(() => this.reveal.set({ path, line, focus }));
  }

  /** Shows the line of a step of the shown build, if its file is in the editor. */
  revealStep(step: string): void {
    const line = this.shown.value?.steps.find(({ vertex }) => vertex.id === step)?.vertex.range?.startLine;
    if (line !== undefined) this.revealLine(line, false);
  }

  /** Opens the layers at the one that a step of the shown build made. */
  showLayer(step: string, what: WantedLayer["what"] = "own"): void {
    this.looked.set(undefined);
    this.wantedLayer.set({ step, what });
    this.view.set("layers");
  }

  #compare(): void {
    const { contextPath, contextVersion: version } = this.shown.value?.summary ?? {};
    const entries = this.#parts.files.entries.value;
    if (entries === undefined || contextPath === undefined || version === undefined) this.changed.set(undefined);
    else this.changed.set(version !== contextVersion(entries, contextPath));
  }

  /** Many events a second become one new state a frame; the stream is acknowledged when they are in it. */
  #collect(events: BuildEvent[]): Promise<void> {
    this.#pending.push(...events);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    this.#frame ??= setTimeout(() => this.#apply(), 32);
    return promise;
  }
  #waiting: (() => void)[] = [];

  #apply(): void {
    this.#frame = undefined;
    const build = this.shown.value;
    const events = this.#pending;
    this.#pending = [];
    if (build !== undefined && events.length > 0) {
      const next = applyEvents(build, events);
      this.shown.set(next);
      if (next.summary.status !== "running" && build.summary.status === "running") {
        void this.#loadRecord(next.summary.id);
      }
    }
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  /** The stream is over. If the build's end was not in it, the engine was away when it should have come. */
  #ended(id: string): void {
    clearTimeout(this.#frame);
    this.#apply();
    const build = this.shown.value;
    if (build?.summary.id !== id || build.summary.status !== "running") return;
    const next = { ...build, summary: { ...build.summary, status: "interrupted" as const } };
    endSteps(next);
    this.shown.set(next);
  }
}

/** `app` for the topmost Dockerfile, the directory's or ending's name for others. */
export function tagOf(dockerfile: string): string {
  const ending = /^Dockerfile\.(.+)$/i.exec(nameOf(dockerfile))?.[1];
  const name = [nameOf(parentOf(dockerfile)), ending].filter((part) => part).join("-") || "app";
  return (
    name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, "-")
      .replaceAll(/^-+|-+$/g, "") || "app"
  );
}
