import type { Dockerfile, Warning } from "../../dockerfile/ast.ts";
import { casing } from "./casing.ts";
import { descriptions } from "./descriptions.ts";
import { directives } from "./directives.ts";
import { maintainer } from "./maintainer.ts";
import { stageNames } from "./stage-names.ts";

/** Checks that the text alone decides; `lower/` has those that need what variables stand for. */
const checks: readonly ((dockerfile: Dockerfile) => Warning[])[] = [
  casing,
  stageNames,
  maintainer,
  descriptions,
  directives,
];

export function textChecks(dockerfile: Dockerfile): Warning[] {
  return checks.flatMap((check) => check(dockerfile));
}
