import type { BuildEvent, BuildVertex, NewBuildEvent } from "../../contract/build-events.ts";
import type { PlannedInstruction, StepContainer, StepImage } from "../../engine/builder/builder.ts";
import { PullProgress } from "../../engine/builder/pull-progress.ts";

export type Line =
  | { stream: string }
  | { aux: { ID: string } }
  | { status: string; id?: string; progressDetail?: object };

/** What is wrong with limits, in dockerd's words: the container could not be made, nothing ran in it. */
export const neverRan =
  /^(?:Minimum memory(?:swap)? limit |You should always set the Memory limit |Requested (?:CPUs|memory nodes) are not available |Invalid value .* for cpuset )/;

interface Step extends PlannedInstruction {
  /** lines that wait until the steps before it are through */
  waiting: Line[];
  /** where it runs, once that was said */
  container: string | undefined;
  /** ONBUILD triggers whose images are there */
  triggers: number;
  triggersTold: boolean;
  imageId: string | undefined;
  announced: boolean;
  done: boolean;
}

/**
 * Build events in the words of the classic builder (moby 20.10, builder/dockerfile): `Step 1/4 : FROM busybox`,
 * ` ---> Running in <id>`, ` ---> <id>`, `Successfully built`.
 *
 * That builder ran line by line, ours runs stages side by side: what a step says is held back until the steps before it
 * are finished.
 */
export class ClassicBuildOutput {
  readonly #remove: boolean;
  readonly #removeFailed: boolean;
  readonly #reasons: boolean;
  readonly #tags: readonly string[];
  #steps: Step[] = [];
  #unused: readonly string[] = [];
  readonly #vertices = new Map<string, BuildVertex>();
  /** of a FROM: how many ONBUILD triggers it sets off */
  readonly #triggers = new Map<Step, number>();
  /** ids by those of steps */
  #containers: ReadonlyMap<string, string> = new Map();
  #current = 0;

  /**
   * @param options `remove`: say that intermediate containers are removed (the query's `rm`); `removeFailed`: also that of
   * a step that fails (`forcerm`); `reasons`: why steps run
   */
  constructor(options: { remove: boolean; removeFailed?: boolean; reasons?: boolean; tags: readonly string[] }) {
    this.#remove = options.remove;
    this.#removeFailed = options.removeFailed === true;
    this.#reasons = options.reasons === true;
    this.#tags = options.tags;
  }

  /** @param unused build arguments that no ARG asks for */
  plan(instructions: readonly PlannedInstruction[], unused: readonly string[]): Line[] {
    this.#unused = unused;
    this.#steps = instructions.map((instruction) => ({
      ...instruction,
      waiting: [],
      container: undefined,
      triggers: 0,
      triggersTold: false,
      imageId: undefined,
      announced: false,
      done: instruction.kind === "global-arg",
    }));
    const warned = instructions.filter(({ emptyContinuation }) => emptyContinuation);
    return warned.length === 0 ? [] : [emptyContinuations(warned)];
  }

  /** Where the steps are going to run. */
  place(containers: ReadonlyMap<string, string>): Line[] {
    this.#containers = containers;
    return [];
  }

  /** The lines that an event sets free. */
  lines(event: BuildEvent | NewBuildEvent): Line[] {
    switch (event.type) {
      case "vertex":
        this.#vertices.set(event.vertex.id, event.vertex);
        this.#countTrigger(event.vertex);
        return event.vertex.stage === "" ? this.#release() : [];
      case "log":
        return this.#say(event.id, [
          { stream: event.stream === "stderr" ? `\u001B[91m${event.text}\u001B[0m` : event.text },
          ...truncation(event.truncated),
        ]);
      case "status":
        return this.#status(event.id, statusLine(event));
      case "vertex-completed":
        return event.error === undefined
          ? this.#reason(event)
          : neverRan.test(event.error)
            ? []
            : this.#failed(event.id);
      case "completed":
        return [
          ...(this.#unused.length === 0
            ? []
            : [{ stream: `[Warning] One or more build-args [${this.#unused.join(" ")}] were not consumed\n` }]),
          { aux: { ID: event.imageId } },
          { stream: `Successfully built ${shortId(event.imageId)}\n` },
          ...this.#tags.map((tag) => ({ stream: `Successfully tagged ${withTag(tag)}\n` })),
        ];
      default:
        return [];
    }
  }

  /** A step is through, and has left an image. */
  image({ index, imageId, trigger, cached, note, container }: StepImage): Line[] {
    const step = this.#steps[index];
    if (step === undefined) {
      return [];
    }
    step.imageId = imageId;
    if (trigger) {
      step.triggers++;
    }
    if (note !== undefined) {
      step.waiting.push({ stream: `${note}\n` });
    }
    if (container !== undefined) {
      this.#run(step, cached, container);
    }
    if (step.triggers >= (this.#triggers.get(step) ?? 0)) {
      step.waiting.push({ stream: ` ---> ${imageId === undefined ? "" : shortId(imageId)}\n` });
      // Where a stage ends; of the last one that is told when the build is through.
      if (imageId !== undefined && this.#steps[index + 1]?.kind === "from") {
        step.waiting.push({ aux: { ID: imageId } });
      }
      step.done = true;
    }
    return this.#release();
  }

  /** What instruction begins in a line. */
  kindAt(line: number | undefined): string | undefined {
    return this.#steps.find((step) => step.line === line)?.kind;
  }

  /** Names the instruction that a mistake is in, if it was not reached. */
  failedAt(line: number | undefined): Line[] {
    const step = this.#steps.find((candidate) => candidate.line === line);
    const next = this.#steps.slice(this.#current).find(({ done }) => !done);
    return step === undefined || step.announced || step !== next ? [] : this.#release();
  }

  #run(step: Step, cached: boolean, { id: container, kind }: StepContainer): void {
    this.#tellTriggers(step);
    const copies = kind === "copy" || kind === "add";
    if (cached && step.container === undefined) {
      step.waiting.push({ stream: " ---> Using cache\n" });
    } else if (!copies) {
      this.#runsIn(step, container);
      if (this.#remove) {
        step.waiting.push(removal(step.container ?? container));
      }
    }
    step.container = undefined;
  }

  #runsIn(step: Step, container: string): void {
    this.#tellTriggers(step);
    if (step.container === undefined) {
      step.container = container;
      step.waiting.push({ stream: ` ---> Running in ${shortId(container)}\n` });
    }
  }

  #tellTriggers(step: Step): void {
    const due = this.#triggers.get(step) ?? 0;
    if (due > 0 && !step.triggersTold) {
      step.triggersTold = true;
      step.waiting.push({ stream: `# Executing ${due} build trigger${due > 1 ? "s" : ""}\n` });
    }
  }

  #say(vertexId: string, lines: Line[]): Line[] {
    const step = this.#stepOf(vertexId);
    if (step === undefined) {
      return [];
    }
    this.#runsIn(step, this.#containers.get(vertexId) ?? vertexId);
    step.waiting.push(...lines);
    return this.#release();
  }

  #failed(vertexId: string): Line[] {
    const step = this.#stepOf(vertexId);
    if (step === undefined || (step.kind !== "run" && !this.#triggers.has(step))) return [];
    const container = step.container ?? this.#containers.get(vertexId) ?? vertexId;
    return this.#say(vertexId, this.#removeFailed ? [removal(container)] : []);
  }

  #reason({ id, cached, reason }: Extract<NewBuildEvent, { type: "vertex-completed" }>): Line[] {
    const makesFiles = ["run", "copy", "add", "workdir"].includes(this.#stepOf(id)?.kind ?? "");
    const told = this.#reasons && makesFiles && !cached;
    return told ? this.#status(id, { stream: ` ---> Why it ran: ${reason.detail}\n` }) : [];
  }

  #status(vertexId: string, line: Line): Line[] {
    const step = this.#stepOf(vertexId);
    if (step === undefined) {
      return [line];
    }
    step.waiting.push(line);
    return this.#release();
  }

  #countTrigger({ stage, instruction, range }: BuildVertex): void {
    const step = this.#steps.find(({ line }) => line === range?.startLine);
    if (step?.kind === "from" && stage !== "" && instruction.startsWith("ONBUILD ")) {
      this.#triggers.set(step, (this.#triggers.get(step) ?? 0) + 1);
    }
  }

  #stepOf(vertexId: string): Step | undefined {
    const line = this.#vertices.get(vertexId)?.range?.startLine;
    return line === undefined ? undefined : this.#steps.find((step) => step.line === line);
  }

  #announce(step: Step): Line[] {
    step.announced = true;
    const number = this.#steps.indexOf(step) + 1;
    return [{ stream: `Step ${number}/${this.#steps.length} : ${step.text}` }, { stream: "\n" }];
  }

  /** Everything that is next in line; stops at the first step that is not through. */
  #release(): Line[] {
    const free: Line[] = [];
    for (let step = this.#steps[this.#current]; step !== undefined; step = this.#steps[this.#current]) {
      if (!step.announced) {
        free.push(...this.#announce(step));
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

function removal(container: string): Line {
  return { stream: `Removing intermediate container ${shortId(container)}\n` };
}

function statusLine(event: Extract<NewBuildEvent, { type: "status" }>): Line {
  const { id, item, status, current, total } = event;
  return {
    status,
    // What is said of the image that is pulled, not of one of its layers, has no id.
    ...(id === PullProgress.idOf(item) ? {} : { id: item }),
    progressDetail: current === undefined ? {} : { current, ...(total === undefined ? {} : { total }) },
  };
}

function emptyContinuations(instructions: readonly PlannedInstruction[]): Line {
  const lines = [
    ...instructions.map(({ text }) => `[WARNING]: Empty continuation line found in:\n    ${text}`),
    "[WARNING]: Empty continuation lines will become errors in a future release.",
  ];
  return { stream: `\u001B[91m${lines.join("\n")}\n\u001B[0m` };
}

function truncation(bytes: number | undefined): Line[] {
  return bytes === undefined ? [] : [{ stream: `\n[output clipped: ${bytes} bytes left out]\n` }];
}

function shortId(id: string): string {
  return id.replace(/^\w+:/, "").slice(0, 12);
}

/** A name without a tag is given `latest`. */
export function withTag(name: string): string {
  return /:[^/:]+$/.test(name) ? name : `${name}:latest`;
}
