import { parsePlatform } from "../../oci/platform.ts";
import type { Platform } from "../../oci/types.ts";
import { parseName } from "../../reference/reference.ts";
import type { Dockerfile, FromInstruction, Instruction, RunMount, Stage } from "../dockerfile/ast.ts";
import { expand } from "../dockerfile/expand.ts";
import { didYouMean } from "../../../contract/suggest.ts";
import { isEngineError, messageOf } from "../../errdefs/errors.ts";
import { BuildError } from "../build-error.ts";
import { mistake } from "../mistake.ts";
import type { GlobalArguments } from "./arguments.ts";
import type { Place } from "./place.ts";

/** The ARGs before the first FROM. Nothing is said of variables without a value. @throws BuildError */
export function declareGlobals(
  dockerfile: Dockerfile,
  globals: GlobalArguments,
  buildArgs: Readonly<Record<string, string | undefined>>,
  at: (of: Instruction) => Place,
): void {
  const defaults = globals.copy();
  for (const instruction of dockerfile.globalArgs) {
    for (const { name, value } of instruction.args) {
      const resolve = (variables: GlobalArguments): string | undefined =>
        value === undefined ? undefined : at(instruction).resolve(value, variables).text;
      globals.declare(name, buildArgs[name] ?? resolve(globals));
      defaults.declare(
        name,
        resolveQuietly(() => resolve(defaults)),
      );
    }
  }
  globals.defaults = defaults;
}

/** A default that cannot be expanded is told only where it is used. */
function resolveQuietly(resolve: () => string | undefined): string | undefined {
  try {
    return resolve();
  } catch (error) {
    if (error instanceof BuildError) {
      return undefined;
    }
    throw error;
  }
}

/** The image or stage that FROM names. @throws BuildError */
export function baseName(from: FromInstruction, globals: GlobalArguments, place: Place): string {
  const { text, unset } = place.resolve(from.image.text, globals);
  if (text === "") {
    const name = unset.find((candidate) => !globals.declares(candidate));
    const suggestion = name === undefined ? "" : didYouMean(name, globals.names());
    throw place.within(from.image.range).fail(`base name (${from.image.text}) should not be blank${suggestion}`, {
      hint: "give the ARG a default, as in ARG VERSION=12, or pass it with --build-arg",
    });
  }
  return text;
}

/** @throws BuildError for what no image can be called */
function checkImageName(name: string, place: Place): void {
  try {
    parseName(name);
  } catch (error) {
    throw place.fail(`failed to parse stage name ${JSON.stringify(name)}: ${messageOf(error)}`, {
      cause: error,
      ...mistake({ kind: "image-name", text: messageOf(error) }),
      hint: "an image is named like debian:12 or registry.example.org/team/app:1.0",
    });
  }
}

/** What `FROM --platform` asks for; undefined without it. @throws BuildError */
export function basePlatform(from: FromInstruction, globals: GlobalArguments, place: Place): Platform | undefined {
  if (from.platform === undefined) {
    return undefined;
  }
  const { text, unset } = place.resolve(from.platform, globals);
  const [name] = unset;
  const suggestion = name === undefined ? "" : didYouMean(name, globals.names());
  if (text === "") {
    throw place.fail(`empty platform value from expression ${from.platform}${suggestion}`, {
      hint: "declare the ARG before the first FROM, or write a platform such as linux/amd64",
    });
  }
  try {
    return parsePlatform(text);
  } catch (error) {
    if (!(error instanceof Error)) {
      throw error;
    }
    throw place.fail(`failed to parse platform ${from.platform}: ${error.message}${suggestion}`, { cause: error });
  }
}

/**
 * What must hold of every stage, built or not: its base and what `--from` and `--mount=from` name have names that can be
 * ones, its platform is one, `--from` names no variable and no stage that does not exist, and no stage needs itself.
 * Warns of what is odd about its FROM.
 * @throws BuildError
 */
export function checkStages(dockerfile: Dockerfile, globals: GlobalArguments, at: (of: Instruction) => Place): void {
  for (const stage of dockerfile.stages) {
    const place = at(stage.from);
    warnOfBase(stage.from, globals, place);
    const name = baseName(stage.from, globals, place);
    const isImage =
      name !== "scratch" &&
      !dockerfile.stages.slice(0, stage.index).some(({ from }) => from.alias === name.toLowerCase());
    if (isImage) checkImageName(name, place.within(stage.from.image.range));
    basePlatform(stage.from, globals, place);
  }
  const needs = dockerfile.stages.map((stage) => neededBy(stage, dockerfile.stages, globals, at));
  for (const stage of dockerfile.stages) {
    const circle = circleFrom(stage.index, needs);
    if (circle !== undefined) {
      throw at(circle.instruction).fail(`circular dependency detected on stage: ${stage.name}`, {
        ...mistake({ kind: "circle", stage: stage.name }),
        hint: "a stage can only use stages above it: FROM, COPY --from and RUN --mount=from count",
      });
    }
  }
  dockerfile.stages.forEach((stage) => checkSourceNames(stage, dockerfile.stages, at));
}

/** What is taken from elsewhere, and is no stage, has a name that an image can have. @throws BuildError */
function checkSourceNames(stage: Stage, stages: readonly Stage[], at: (of: Instruction) => Place): void {
  for (const instruction of stage.instructions) {
    for (const name of sourcesOf(instruction)) {
      const isStage = /^[+-]?\d+$/.test(name) || stages.some(({ from }) => from.alias === name.toLowerCase());
      if (!isStage) checkImageName(name, at(instruction));
    }
  }
}

function sourcesOf(instruction: Instruction): string[] {
  if (instruction.kind === "copy") return instruction.from === undefined ? [] : [instruction.from.text];
  if (instruction.kind !== "run") return [];
  return instruction.mounts.map(mountedFrom).filter((name) => name !== "");
}

/** It has no variables, and the last one counts. */
function mountedFrom({ fields }: RunMount): string {
  return fields.findLast(({ name, value }) => name === "from" && value !== undefined)?.value ?? "";
}

interface Need {
  stage: number;
  instruction: Instruction;
}

function neededBy(
  stage: Stage,
  stages: readonly Stage[],
  globals: GlobalArguments,
  at: (of: Instruction) => Place,
): Need[] {
  const needs: Need[] = [];
  const add = (name: string, instruction: Instruction, before = stages.length): void => {
    const found = stages.slice(0, before).findLast(({ from }) => from.alias === name.toLowerCase());
    if (found !== undefined) {
      needs.push({ stage: found.index, instruction });
    }
  };
  add(baseName(stage.from, globals, at(stage.from)), stage.from, stage.index);
  for (const instruction of stage.instructions) {
    if (instruction.kind === "copy" && instruction.from !== undefined) {
      const index = stageIndex(instruction.from.text, stages, at(instruction).within(instruction.from.range));
      if (index === undefined) {
        add(instruction.from.text, instruction);
      } else {
        needs.push({ stage: index, instruction });
      }
    } else if (instruction.kind === "run") {
      for (const mount of instruction.mounts) {
        add(mountedFrom(mount), instruction);
      }
    }
  }
  return needs;
}

/** The number that `--from` is; undefined for a name. @throws BuildError */
function stageIndex(from: string, stages: readonly Stage[], place: Place): number | undefined {
  if (place.resolve(from, { get: () => undefined }).text !== from) {
    throw place.fail(
      "variable expansion is not supported for --from, define a new stage with FROM using ARG from global scope as a workaround",
      { hint: `write FROM ${from} AS source above, and --from=source here` },
    );
  }
  if (!/^[+-]?\d+$/.test(from)) {
    return undefined;
  }
  const index = Number(from);
  if (index < 0 || index >= stages.length) {
    throw place.fail(`invalid stage index ${index}`, {
      hint: `stages are counted from 0; this Dockerfile has ${stages.length}`,
    });
  }
  return index;
}

/** The need that closes a circle through `start`. */
function circleFrom(start: number, needs: readonly Need[][]): Need | undefined {
  const seen = new Set<number>();
  const visit = (index: number): Need | undefined => {
    for (const need of needs[index] ?? []) {
      if (need.stage === start) {
        return need;
      }
      if (!seen.has(need.stage)) {
        seen.add(need.stage);
        const found = visit(need.stage);
        if (found !== undefined) {
          return found;
        }
      }
    }
    return undefined;
  };
  return visit(start);
}

function warnOfBase(from: FromInstruction, globals: GlobalArguments, place: Place): void {
  const written = [from.image.text, ...(from.platform === undefined ? [] : [from.platform])];
  for (const name of written.flatMap((text) => place.resolve(text, globals).unset)) {
    if (!globals.declares(name)) {
      const suggestion = didYouMean(name, globals.names());
      place.warn("UndefinedArgInFrom", `FROM argument '${name}' is not declared${suggestion}`);
    }
  }
  if (!isImageName(from.image.text, globals.defaults)) {
    place.warn(
      "InvalidDefaultArgInFrom",
      `Default value for ARG ${from.image.text} results in empty or invalid base image name`,
    );
  }
  if (from.platform !== undefined) {
    warnOfPlatform(from, from.platform, globals, place);
  }
}

function warnOfPlatform(from: FromInstruction, written: string, globals: GlobalArguments, place: Place): void {
  const { text, used, unset } = place.resolve(written, globals);
  if (
    used.length === 1 &&
    unset.length === 0 &&
    used[0] === "TARGETPLATFORM" &&
    text === globals.get("TARGETPLATFORM")
  ) {
    place.warn(
      "RedundantTargetPlatform",
      `Setting platform to predefined ${written} in FROM is redundant as this is the default behavior`,
      place.rewrite(`--platform=${written} `, ""),
    );
  }
  if (used.length + unset.length > 0) {
    return;
  }
  try {
    const { os, architecture } = parsePlatform(text);
    const alias = from.alias ?? "";
    if (!alias.includes(os) && !alias.includes(architecture)) {
      place.warn(
        "FromPlatformFlagConstDisallowed",
        `FROM --platform flag should not use constant value ${JSON.stringify(text)}`,
      );
    }
  } catch (error) {
    // a platform that is none is refused where it is used
    if (!isEngineError(error, "invalid_argument") && !isEngineError(error, "not_implemented")) {
      throw error;
    }
  }
}

/** Whether FROM names an image when no argument is given. */
function isImageName(text: string, defaults: GlobalArguments | undefined): boolean {
  if (defaults === undefined) {
    return true;
  }
  try {
    parseName(expand(text, defaults).text);
    return true;
  } catch {
    return false;
  }
}
