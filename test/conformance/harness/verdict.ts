import { compare } from "./compare.ts";
import type { Answer } from "./normalise.ts";
import { play } from "./play.ts";
import { type Difference, type Session, stepTitle } from "./session.ts";
import type { Theatre } from "./stages.ts";
import { readTranscript } from "./transcript.ts";
import { Unifier } from "./unify.ts";

/** Plays a session and holds its answers beside dockerd's. @returns lines to print, none when all is the same */
export async function differencesIn(
  session: Session,
  theatre: Theatre,
  docker: string,
  everywhere: readonly Difference[],
): Promise<string[]> {
  const { answers: expected } = readTranscript(session);
  const answers = await theatre.withStage(session, (stage) => play(session, stage, docker));
  return compareAll(session, expected, answers, everywhere);
}

/** @param answers one for each step, as `expected` */
export function compareAll(
  session: Session,
  expected: readonly Answer[],
  answers: readonly Answer[],
  everywhere: readonly Difference[],
): string[] {
  const unifier = new Unifier();
  return session.steps.flatMap((step, index) => {
    const [dockerd, ours] = [expected[index], answers[index]];
    if (dockerd === undefined || ours === undefined) throw new Error(`no answer to step ${index}`);
    const found = compare(step, { dockerd, ours }, everywhere, unifier);
    return found.length === 0 ? [] : [`  ${stepTitle(step)}`, ...found.map((line) => `    ${line}`)];
  });
}
