import { BuildError } from "../../../engine/builder/build-error.ts";
import type { BuildRequest } from "../../../engine/builder/builder.ts";
import { messageOf } from "../../../engine/errdefs/errors.ts";
import { progressArgument } from "../../../engine/builder/steps/step-plan.ts";
import { BuildkitTrace } from "../../translate/buildkit-trace.ts";
import { ClassicBuildOutput, type Line } from "../../translate/classic-build.ts";
import { beforeFirstStep, classicError } from "../../translate/classic-error.ts";
import type { OrderedOutput } from "./ordered-output.ts";
import type { StepContainers } from "./step-containers.ts";

/** How one builder's client is told of a build. */
export interface Account {
  /** what the builder is given for it */
  readonly observers: Pick<BuildRequest, "onEvent" | "steps">;
  /** All is there that the build leaves beside its image. */
  settled(): Promise<void>;
  /** Says what is left to say of a failed build, and how its failure is put. */
  failed(error: unknown): { message: string; exitCode: number | undefined; status: number | undefined };
}

type Parameters = Pick<BuildRequest, "buildArgs" | "dockerfile" | "tags">;

interface ClassicSteps {
  containers: StepContainers;
  remove: boolean;
  removeFailed: boolean;
  /** images are told in records of their own, too (since API 1.30) */
  ids: boolean;
}

/** The classic builder's words; each step leaves an image, and may leave a container. */
export function classicAccount(
  output: OrderedOutput,
  { buildArgs, dockerfile, tags }: Parameters,
  { containers, remove, removeFailed, ids }: ClassicSteps,
): Account {
  const put = (lines: readonly Line[]) => output.put(ids ? lines : lines.filter((line) => !("aux" in line)));
  const classic = new ClassicBuildOutput({
    remove,
    removeFailed,
    reasons: buildArgs[progressArgument] === "plain",
    tags,
  });
  const kept: Promise<void>[] = [];
  return {
    observers: {
      onEvent: (event) => put(classic.lines(event)),
      steps: {
        planned: (instructions, unused) => put(classic.plan(instructions, unused)),
        placed: (places) => put(classic.place(places)),
        image: (step) => {
          const done = containers.passed(step);
          // Its failure is the build's, in `settled`.
          done.catch(() => undefined);
          kept.push(done);
          put(classic.image(step));
        },
        failed: (container, outcome, error) => containers.failed(container, outcome, error),
      },
    },
    async settled() {
      await Promise.all(kept);
    },
    failed(error) {
      const line = error instanceof BuildError ? error.range?.startLine : undefined;
      if (!beforeFirstStep(error)) put(classic.failedAt(line));
      return classicError(error, nameOf(dockerfile), classic.kindAt(line));
    },
  };
}

/** BuildKit's progress: `version=2`, as SDKs ask for it, which send the context as for the classic builder. */
export function traceAccount(output: OrderedOutput, { tags }: Parameters): Account {
  const trace = new BuildkitTrace(tags);
  return {
    observers: { onEvent: (event) => output.put(trace.lines(event)) },
    async settled() {},
    failed: (error) => ({ message: messageOf(error), exitCode: undefined, status: undefined }),
  };
}

function nameOf(dockerfile: BuildRequest["dockerfile"]): string {
  return "path" in dockerfile ? dockerfile.path : dockerfile.name;
}
