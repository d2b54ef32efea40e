import type { BuildEvent, BuildVertex, NewBuildEvent } from "../../contract/build-events.ts";

type Line = { stream: string } | { aux: { ID: string } } | { status: string; id?: string; progressDetail?: object };

interface Step {
  vertex: BuildVertex;
  started: boolean;
  /** lines that wait until the steps before it are through */
  waiting: Line[];
  done: boolean;
}

/**
 * Build events in the words of the classic builder: `Step 1/4 : FROM busybox`, ` ---> <id>`, `Successfully built`.
 *
 * That builder ran line by line, ours runs stages side by side: the output of a step is held back until the steps
 * before it are finished. Only steps that stand in the Dockerfile are counted.
 */
export class ClassicBuildOutput {
  readonly #steps: Step[] = [];
  readonly #byId = new Map<string, Step>();
  readonly #announced = new Set<Step>();
  #current = 0;

  /** The lines that an event sets free. */
  lines(event: BuildEvent | NewBuildEvent): Line[] {
    switch (event.type) {
      case "vertex":
        this.#add(event.vertex);
        return [];
      case "vertex-started":
        return this.#tell(event.id, [], (step) => {
          step.started = true;
        });
      case "log":
        return this.#tell(event.id, [{ stream: event.text }, ...truncation(event.truncated)]);
      case "status":
        return this.#tell(event.id, [statusLine(event)]);
      case "vertex-completed":
        return this.#tell(event.id, completion(event, this.#isLast(event.id), this.#byId.get(event.id)), (step) => {
          step.done = event.error === undefined;
        });
      case "warning":
        return [{ stream: `[Warning] ${event.message}\n` }];
      case "completed":
        return [
          { stream: ` ---> ${shortId(event.imageId)}\n` },
          { aux: { ID: event.imageId } },
          { stream: `Successfully built ${shortId(event.imageId)}\n` },
          ...event.tags.map((tag) => ({ stream: `Successfully tagged ${withTag(tag)}\n` })),
        ];
      case "started":
      case "failed":
      case "cancelled":
      default:
        return [];
    }
  }

  /** The last step's id is the image's, which is known when all is done. */
  #isLast(id: string): boolean {
    return this.#steps.at(-1)?.vertex.id === id;
  }

  #add(vertex: BuildVertex): void {
    const step: Step = { vertex, started: false, waiting: [], done: false };
    this.#byId.set(vertex.id, step);
    if (isStep(vertex)) {
      this.#steps.push(step);
      this.#steps.sort((a, b) => (a.vertex.range?.startLine ?? 0) - (b.vertex.range?.startLine ?? 0));
    }
  }

  #tell(id: string, lines: Line[], change?: (step: Step) => void): Line[] {
    const step = this.#byId.get(id);
    if (step === undefined || !isStep(step.vertex)) {
      // A pull before the first step, as the classic builder shows it.
      return lines.filter((line) => "status" in line);
    }
    change?.(step);
    step.waiting.push(...lines);
    return this.#release();
  }

  /** Everything that is next in line; stops at the first step that is not through. */
  #release(): Line[] {
    const free: Line[] = [];
    for (let step = this.#steps[this.#current]; step !== undefined; step = this.#steps[this.#current]) {
      if (!step.started && !step.done) {
        return free;
      }
      if (!this.#announced.has(step)) {
        this.#announced.add(step);
        free.push({ stream: `Step ${this.#current + 1}/${this.#steps.length} : ${step.vertex.instruction}` });
        free.push({ stream: "\n" });
      }
      free.push(...step.waiting.splice(0));
      if (!step.done) {
        return free;
      }
      this.#current++;
    }
    return free;
  }
}

/** Preparations, such as pulls, belong to no stage. */
function isStep(vertex: BuildVertex): boolean {
  return vertex.range !== undefined && vertex.stage !== "";
}

function completion(
  event: Extract<NewBuildEvent, { type: "vertex-completed" }>,
  isLast: boolean,
  step: Step | undefined,
): Line[] {
  if (event.error !== undefined) {
    return [];
  }
  // A base image comes from nowhere but the store: the classic builder does not call that a cache.
  const cached = event.cached && step?.vertex.instruction.toUpperCase().startsWith("FROM ") !== true;
  return [
    ...(cached ? [{ stream: " ---> Using cache\n" }] : []),
    ...(isLast ? [] : [{ stream: ` ---> ${shortId(event.id)}\n` }]),
  ];
}

function statusLine(event: Extract<NewBuildEvent, { type: "status" }>): Line {
  const { item, status, current, total } = event;
  return {
    status,
    id: item,
    progressDetail: current === undefined ? {} : { current, ...(total === undefined ? {} : { total }) },
  };
}

function truncation(bytes: number | undefined): Line[] {
  return bytes === undefined ? [] : [{ stream: `\n[output clipped: ${bytes} bytes left out]\n` }];
}

function shortId(id: string): string {
  return id.replace(/^\w+:/, "").slice(0, 12);
}

/** A name without a tag is given `latest`. */
function withTag(name: string): string {
  return /:[^/:]+$/.test(name) ? name : `${name}:latest`;
}
