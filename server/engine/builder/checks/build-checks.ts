import type { CheckedImage } from "./checked-image.ts";
import type { NewBuildEvent, SourceRange } from "../../../contract/build-events.ts";
import { messageOf } from "../../errdefs/errors.ts";
import { BuildError } from "../build-error.ts";
import type { Dockerfile, Instruction, Warning } from "../dockerfile/ast.ts";
import { lineRange } from "../dockerfile/source.ts";
import { type CheckConfig, configOfComments, parseCheckConfig } from "./config.ts";
import { type Evidence, StepEvidence } from "./evidence.ts";
import { ruleNamed } from "./rules.ts";
import { teachingChecks } from "./teaching/index.ts";
import { textChecks } from "./text/index.ts";

type WarningEvent = Extract<NewBuildEvent, { type: "warning" }>;

/**
 * The checks of one build: which findings are wanted, each once, and whether they fail it. Those about the text come at
 * once, those for learners at the end, with what the build has measured.
 */
export class BuildChecks {
  readonly #dockerfile: Dockerfile;
  readonly #emit: (event: WarningEvent) => void;
  readonly #config: CheckConfig;
  readonly #evidence = new StepEvidence();
  readonly #told = new Set<string>();
  readonly #violated = new Map<string, Warning>();

  /**
   * @param override the build argument BUILDKIT_DOCKERFILE_CHECK: in place of the directive
   * @throws BuildError for a directive that cannot be read
   */
  constructor(dockerfile: Dockerfile, override: string | undefined, emit: (event: WarningEvent) => void) {
    this.#dockerfile = dockerfile;
    this.#emit = emit;
    const written = override ?? dockerfile.directives.check ?? "";
    try {
      this.#config = parseCheckConfig(written);
    } catch (error) {
      const range = directiveRange(dockerfile);
      throw new BuildError(
        `failed to parse check options: ${messageOf(error)}`,
        override === undefined && range !== undefined ? { source: dockerfile.source, range } : undefined,
        { cause: error, hint: "write it without spaces: # check=skip=LatestTag,RunsAsRoot;error=true" },
      );
    }
  }

  /** With what is known from the text alone told. Parameters as of the constructor. */
  static ofText(...options: ConstructorParameters<typeof BuildChecks>): BuildChecks {
    const checks = new BuildChecks(...options);
    checks.checkText();
    return checks;
  }

  /** What is known from the text alone. */
  checkText(): void {
    for (const warning of [...this.#dockerfile.warnings, ...textChecks(this.#dockerfile)]) {
      this.report(warning);
    }
  }

  /** Tells a finding, unless it was told or is not wanted. */
  report(warning: Warning, evidence?: Evidence): void {
    const rule = ruleNamed(warning.rule);
    const key = JSON.stringify([warning.rule, warning.message, warning.range]);
    if (
      rule === undefined ||
      this.#told.has(key) ||
      !this.#wants(rule.name, rule.experimental === true, warning.range)
    ) {
      return;
    }
    this.#told.add(key);
    if (rule.teaching !== true && !this.#violated.has(rule.name)) {
      this.#violated.set(rule.name, warning);
    }
    this.#emit({
      type: "warning",
      ...warning,
      title: rule.title,
      url: `/drydock/v1/checks/${rule.name}`,
      ...(rule.teaching === true ? { teaching: true } : {}),
      ...(evidence === undefined ? {} : { evidence }),
    });
  }

  /** @throws BuildError if `check=error=true` and something was found */
  failIfAsked(): void {
    const [first] = this.#violated.values();
    if (this.#config.error && first !== undefined) {
      throw new BuildError(
        `lint violation found for rules: ${[...this.#violated.keys()].join(", ")}`,
        { source: this.#dockerfile.source, range: first.range },
        { hint: `${first.message}; the check directive asks to fail for it (error=true)` },
      );
    }
  }

  /** Hears how long steps took and what they added. */
  hear(event: NewBuildEvent): void {
    this.#evidence.hear(event);
  }

  /** The checks for learners, when the build is over. */
  finish(image: CheckedImage): void {
    for (const { evidenceOf, ...warning } of teachingChecks(this.#dockerfile, image)) {
      this.report(warning, this.#evidence.of(evidenceOf ?? [warning.range]));
    }
  }

  #wants(name: string, experimental: boolean, range: SourceRange): boolean {
    const local = configOfComments(this.#commentsAt(range));
    if (experimental) {
      return [this.#config, local].some((config) => config?.experimentalAll === true || config?.experimental.has(name));
    }
    return ![this.#config, local].some((config) => config?.skipAll === true || config?.skip.has(name));
  }

  #commentsAt(range: SourceRange): readonly string[] {
    const instructions: Instruction[] = [
      ...this.#dockerfile.globalArgs,
      ...this.#dockerfile.stages.flatMap((stage) => [stage.from, ...stage.instructions]),
    ];
    const at = instructions.find(
      (instruction) => instruction.range.startLine <= range.startLine && range.startLine <= instruction.range.endLine,
    );
    return at?.comments ?? [];
  }
}

function directiveRange({ source }: Dockerfile): SourceRange | undefined {
  const line = source.lines.findIndex((text) => /^\s*#\s*check\s*=/i.test(text));
  return line < 0 ? undefined : lineRange(source, line + 1);
}
