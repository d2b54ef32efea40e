import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parse, stringify } from "yaml";
import { z } from "zod";
import type { Answer } from "./normalise.ts";
import { type Session, stepTitle, transcriptFile } from "./session.ts";

const answerSchema = z.strictObject({
  step: z.string(),
  status: z.number(),
  stdout: z.unknown(),
  stderr: z.unknown(),
});
const transcriptSchema = z.strictObject({ client: z.string(), answers: z.array(answerSchema) });

/** What dockerd answered to a session, normalised, and which client asked. */
export interface Transcript {
  client: string;
  answers: Answer[];
}

/** Whether this machine's control groups are v2 alone: some of dockerd's answers are others there. */
export const onCgroup2 = existsSync("/sys/fs/cgroup/cgroup.controllers");

export function writeTranscript(session: Session, { client, answers }: Transcript): void {
  const steps = answers.map((answer, index) => {
    const step = session.steps[index];
    return { step: step === undefined ? "" : stepTitle(step), ...answer };
  });
  writeFileSync(
    transcriptFile(session, onCgroup2),
    stringify({ client, answers: steps }, { lineWidth: 0, aliasDuplicateObjects: false }),
  );
}

/** @throws Error: there is none, or it is of other steps */
export function readTranscript(session: Session): Transcript {
  const own = transcriptFile(session, onCgroup2);
  const file = existsSync(own) ? own : transcriptFile(session);
  const advice = `npm run conformance:record ${session.name}`;
  if (!existsSync(file)) throw new Error(`no transcript of dockerd yet: ${advice}`);
  const { client, answers } = transcriptSchema.parse(parse(readFileSync(file, "utf8")));
  const sameSteps =
    answers.length === session.steps.length &&
    session.steps.every((step, index) => stepTitle(step) === answers[index]?.step);
  if (!sameSteps) throw new Error(`the transcript of dockerd is of other steps: ${advice}`);
  return { client, answers: answers.map(({ status, stdout, stderr }) => ({ status, stdout, stderr })) };
}

/** Whether there is a transcript of its steps. */
export function isRecorded(session: Session): boolean {
  try {
    readTranscript(session);
    return true;
  } catch {
    return false;
  }
}
