import { InvalidArgument } from "../../errdefs/errors.ts";
import { epochArgument, epochSeconds } from "../epoch.ts";
import type { CopyInstruction, Dockerfile, Instruction, Stage } from "../dockerfile/ast.ts";
import type { Variables } from "../dockerfile/expand.ts";
import type { RemoteTimes } from "../ops/remote-times.ts";
import { checkSources, sourceKind } from "./copy-source.ts";
import { gitRepository } from "./git-source.ts";
import type { GlobalArguments } from "./arguments.ts";
import type { LoweringContext, LoweringRequest } from "./lowering-context.ts";
import type { NamedContexts } from "./named-contexts.ts";
import type { Place } from "./place.ts";

interface EpochScope {
  context: LoweringContext;
  contexts: NamedContexts;
  dockerfile: Pick<Dockerfile, "globalArgs" | "stages">;
  times: RemoteTimes;
  at: (of: Instruction) => Place;
}

/**
 * Sets the time of the build's work (`SOURCE_DATE_EPOCH`: given, or an ARG before the first FROM).
 * @returns the arguments given with the build, a name replaced by the time it stands for
 * @throws InvalidArgument, BuildError
 */
export async function resolveEpoch(globals: GlobalArguments, scope: EpochScope): Promise<LoweringRequest["buildArgs"]> {
  const { request, work } = scope.context;
  const given = request.buildArgs[epochArgument];
  const text = given ?? globals.get(epochArgument) ?? "";
  work.epoch = epochSeconds(text);
  if (text === "" || work.epoch !== undefined) {
    return request.buildArgs;
  }
  try {
    work.epoch = await namedTime(text, globals, scope);
  } catch (error) {
    throw given === undefined ? atItsArgument(error, scope) : error;
  }
  const value = String(work.epoch ?? "");
  if (globals.declares(epochArgument)) {
    globals.declare(epochArgument, value);
  }
  return given === undefined ? request.buildArgs : { ...request.buildArgs, [epochArgument]: value };
}

function atItsArgument(error: unknown, { dockerfile, at }: EpochScope): unknown {
  const argument = dockerfile.globalArgs.findLast(({ args }) => args.some(({ name }) => name === epochArgument));
  return argument === undefined ? error : at(argument).locate(error);
}

/** `context`, a context or a stage (BuildKit docs/build-repro.md, `SOURCE_DATE_EPOCH`). */
async function namedTime(name: string, globals: Variables, scope: EpochScope): Promise<number | undefined> {
  if (name === "context") {
    return scope.context.request.context.time;
  }
  const given = scope.contexts.find(name);
  if (given !== undefined) {
    return given.time;
  }
  const stage = scope.dockerfile.stages.findLast(({ from }) => from.alias === name.toLowerCase());
  if (stage === undefined) {
    const what = "it is a number of seconds since 1970, context, or a stage that adds one thing from elsewhere";
    throw new InvalidArgument(`invalid ${epochArgument}: ${name}: ${what}`);
  }
  return stageTime(stage, globals, scope);
}

/** When the one thing from elsewhere is from that a stage adds. @throws BuildError for a stage that is or does anything else */
async function stageTime(
  stage: Stage,
  globals: Variables,
  { context, times, at }: EpochScope,
): Promise<number | undefined> {
  const place = at(stage.from);
  if (place.resolve(stage.from.image.text, globals).text !== "scratch") {
    throw place.fail(`${epochArgument} stage must use FROM scratch`, { hint });
  }
  const known = new Map<string, string>();
  const variables: Variables = {
    get: (name) => known.get(name) ?? (name === epochArgument ? undefined : globals.get(name)),
  };
  let added: CopyInstruction | undefined;
  for (const instruction of stage.instructions) {
    if (instruction.kind === "arg") {
      for (const { name, value } of instruction.args) {
        const set = context.request.buildArgs[name] ?? (value && at(instruction).resolve(value, variables).text);
        if (set !== undefined) known.set(name, set);
      }
    } else if (instruction.kind === "add" && added === undefined) {
      added = instruction;
    } else if (instruction.kind !== "add") {
      const what = `unsupported ${instruction.kind.toUpperCase()} instruction`;
      throw at(instruction).fail(`${epochArgument} stage does not meet source-only requirements: ${what}`, { hint });
    } else {
      throw onlyOne(at(instruction));
    }
  }
  if (added === undefined) {
    throw onlyOne(place);
  }
  return sourceTime(added, variables, at(added), { context, times });
}

const hint = "it is FROM scratch with ARGs and one ADD, of a URL or a Git repository";

function onlyOne(place: Place): Error {
  return place.fail(`${epochArgument} stage must contain exactly one remote ADD`, { hint });
}

async function sourceTime(
  { sources, heredocs, checksum, keepGitDir }: CopyInstruction,
  variables: Variables,
  place: Place,
  { context, times }: { context: LoweringContext; times: RemoteTimes },
): Promise<number | undefined> {
  const [source] = sources;
  if (source === undefined || sources.length > 1 || heredocs.length > 0) {
    throw onlyOne(place);
  }
  const flags = { checksum: checksum && place.resolve(checksum, variables).text, keepGitDir };
  const { text } = place.resolve(source.text, variables);
  checkSources("ADD", [text], flags.checksum, place);
  try {
    switch (sourceKind(text)) {
      case "url":
        return await times.ofUrl({ url: text, checksum: flags.checksum });
      case "git":
        return await times.ofRepository(gitRepository(text, flags, { place, context }).repository);
      case "files":
      default:
        throw place.fail(`${epochArgument} stage source must be a single HTTP(S) or Git ADD`, { hint });
    }
  } catch (error) {
    throw place.locate(error);
  }
}
