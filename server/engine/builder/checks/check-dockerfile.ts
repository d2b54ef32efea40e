import type { BuildFailure, BuildWarning } from "../../../contract/build-events.ts";
import { hostPlatform } from "../../oci/platform.ts";
import { BuildError } from "../build-error.ts";
import type { Dockerfile, Instruction } from "../dockerfile/ast.ts";
import { maxDockerfileBytes, mistakesIn, parseDockerfile } from "../dockerfile/parser.ts";
import { GlobalArguments, platformArguments } from "../lower/arguments.ts";
import { Place } from "../lower/place.ts";
import { checkStages, declareGlobals } from "../lower/stage-checks.ts";
import { BuildChecks } from "./build-checks.ts";
import { type FindBase, lowerText } from "./lower-text.ts";

/** What a build would say of the text before it looks at files and images. */
export interface DockerfileFindings {
  /** the first mistake, with which no build can begin */
  failure?: BuildFailure;
  /** of the instructions below it */
  further?: BuildFailure[];
  warnings: BuildWarning[];
}

/**
 * Checks a Dockerfile while it is written: nothing is fetched, read or run, and build arguments have their defaults.
 * @param find base images that are here, for what their environment declares
 */
export async function checkDockerfile(
  text: string,
  name: string,
  find: FindBase = () => undefined,
): Promise<DockerfileFindings> {
  const warnings: BuildWarning[] = [];
  try {
    const checkText = (written: Dockerfile): BuildChecks =>
      BuildChecks.ofText(written, undefined, ({ type: _type, ...warning }) => warnings.push(warning));
    const dockerfile = parseDockerfile(text, name, checkText);
    const checks = checkText(dockerfile);
    const platform = hostPlatform();
    const request = { buildArgs: {} };
    const globals = new GlobalArguments(platformArguments(platform, platform, { dockerfile, request }));
    const at = (instruction: Instruction): Place =>
      new Place(dockerfile.source, instruction.range, dockerfile.directives.escape, (found) => checks.report(found));
    declareGlobals(dockerfile, globals, {}, at);
    checkStages(dockerfile, globals, at);
    await lowerText(dockerfile, find, (found) => checks.report(found));
    checks.failIfAsked();
  } catch (error) {
    if (error instanceof BuildError) {
      const further = furtherMistakes(text, name, error);
      return { failure: error.toFailure(), ...(further.length === 0 ? {} : { further }), warnings };
    }
    throw error;
  }
  return { warnings };
}

function furtherMistakes(text: string, name: string, { range: first }: BuildError): BuildFailure[] {
  if (first === undefined || text.length > maxDockerfileBytes) return [];
  const below = mistakesIn(text, name).filter(({ range }) => range !== undefined && range.startLine > first.endLine);
  return below.map((error) => error.toFailure());
}
