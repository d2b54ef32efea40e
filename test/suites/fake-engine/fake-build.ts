import { createHash } from "node:crypto";
import type { BuildEvent, BuildFailure, NewBuildEvent, SourceRange } from "../../../server/contract/build-events.ts";
import type { BuildStart, BuildSummary } from "../../../server/contract/extension-api.ts";
import { LiveLog } from "./live-log.ts";

const known = ["FROM", "RUN", "COPY", "ADD", "ENV", "ARG", "LABEL", "WORKDIR", "USER", "CMD", "ENTRYPOINT", "EXPOSE"];

interface Instruction {
  word: string;
  text: string;
  line: number;
}

/** Goes through a Dockerfile line by line and tells what a build would have told. */
export class FakeBuild {
  readonly summary: BuildSummary;
  readonly events = new LiveLog<BuildEvent>();
  readonly #cancel = new AbortController();
  readonly #dockerfile: string;
  readonly #cache: Set<string>;
  #bytes = 0;

  constructor(id: string, start: BuildStart, dockerfile: string, cache: Set<string>) {
    const name = start.dockerfile ?? "Dockerfile";
    const { contextPath, tags } = start;
    this.summary = { id, status: "running", tags, contextPath, dockerfile: name, startedAt: Date.now() };
    this.#dockerfile = dockerfile;
    this.#cache = cache;
  }

  cancel(): void {
    this.#cancel.abort();
  }

  async run(): Promise<void> {
    const { summary } = this;
    this.#emit({ type: "started", buildId: summary.id, dockerfile: this.#dockerfile });
    const failure = await this.#instructions();
    const durationMs = Date.now() - summary.startedAt;
    summary.finishedAt = Date.now();
    if (this.#cancel.signal.aborted) {
      summary.status = "cancelled";
      this.#emit({ type: "cancelled", durationMs });
    } else if (failure !== undefined) {
      summary.status = "failed";
      summary.error = failure.message;
      this.#emit({ type: "failed", error: failure, durationMs });
    } else {
      summary.status = "completed";
      summary.imageId = `sha256:${digest(this.#dockerfile)}`;
      this.#emit({ type: "completed", imageId: summary.imageId, tags: summary.tags, durationMs });
    }
    this.events.end();
  }

  async #instructions(): Promise<BuildFailure | undefined> {
    const instructions = parse(this.#dockerfile);
    const wrong = instructions.find(({ word }) => !known.includes(word));
    if (wrong !== undefined) {
      const hint = `Did you mean ${known.find((word) => word[0] === wrong.word[0]) ?? "RUN"}?`;
      return { message: `Unknown instruction: ${wrong.word}`, range: range(wrong), excerpt: wrong.text, hint };
    }
    let parent = "";
    for (const [index, each] of instructions.entries()) {
      const id = digest(parent + each.text);
      const name = `[${index + 1}/${instructions.length}] ${each.text}`;
      const vertex = {
        id,
        name,
        instruction: each.text,
        stage: "0",
        range: range(each),
        inputs: parent ? [parent] : [],
      };
      this.#emit({ type: "vertex", vertex });
      parent = id;
    }
    parent = "";
    for (const each of instructions) {
      const id = digest(parent + each.text);
      const failure = await this.#step(id, each);
      if (failure !== undefined || this.#cancel.signal.aborted) return failure;
      parent = id;
    }
    return undefined;
  }

  async #step(id: string, each: Instruction): Promise<BuildFailure | undefined> {
    const startedAt = Date.now();
    if (this.#cache.has(id)) {
      const reason = { kind: "hit", detail: "Nothing that this step depends on has changed." } as const;
      this.#emit({ type: "vertex-completed", id, cached: true, reason, durationMs: 0 });
      return undefined;
    }
    const reason =
      this.#cache.size === 0
        ? ({ kind: "first-build", detail: "This step has not been built before." } as const)
        : ({ kind: "instruction-changed", detail: `Line ${each.line} is not what it was in the last build.` } as const);
    this.#emit({ type: "vertex-started", id });
    if (each.word === "RUN") await this.#output(id, each.text.slice(4));
    await this.#wait(each.text.includes("sleep") ? 1500 : 30);
    const durationMs = Date.now() - startedAt;
    if (/\b(false|exit 1)\b/.test(each.text)) {
      const error = "The command ended with exit code 1.";
      this.#emit({ type: "vertex-completed", id, cached: false, reason, durationMs, error });
      const hint = "The last lines of its output, above, usually say why.";
      return { message: error, range: range(each), excerpt: each.text, exitCode: 1, hint };
    }
    this.#cache.add(id);
    this.#emit({
      type: "vertex-completed",
      id,
      cached: false,
      reason,
      durationMs,
      layerBytes: 1024 * each.text.length,
    });
    return undefined;
  }

  async #output(id: string, command: string): Promise<void> {
    this.#emit({ type: "log", id, stream: "stdout", text: `\u001B[32m+\u001B[0m ${command}\n` });
    if (!/\byes\b/.test(command)) return;
    const text = "y — the same line over and over again\n".repeat(500);
    for (let count = 0; count < 400 && !this.#cancel.signal.aborted; count++) {
      this.#emit({ type: "log", id, stream: "stdout", text });
      this.#bytes += text.length;
      await this.#wait(5);
    }
    this.#emit({ type: "log", id, stream: "stdout", text: "", truncated: this.#bytes });
  }

  #emit(event: NewBuildEvent): void {
    this.events.append({ ...event, seq: this.events.items.length, time: Date.now() });
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#cancel.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
  }
}

function parse(dockerfile: string): Instruction[] {
  return dockerfile.split("\n").flatMap((text, index): Instruction[] => {
    const word = /^\s*([A-Za-z]+)\s/.exec(text)?.[1];
    return word === undefined ? [] : [{ word: word.toUpperCase(), text: text.trim(), line: index + 1 }];
  });
}

function range({ line: number, text }: Instruction): SourceRange {
  return { startLine: number, startColumn: 1, endLine: number, endColumn: text.length + 1 };
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
