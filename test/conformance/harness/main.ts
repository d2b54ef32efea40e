import { parseArgs } from "node:util";
import { dockerClient } from "../../suites/docker-clients.ts";
import { play } from "./play.ts";
import { loadEverywhere, loadPending, loadSessions, type Session } from "./session.ts";
import { clientVersion, openDockerd, openDrydock } from "./stages.ts";
import { isRecorded, writeTranscript } from "./transcript.ts";
import { compareAll, differencesIn } from "./verdict.ts";

const usage = `npm run conformance [PART...]: plays the sessions whose names have one of the parts on Drydock
npm run conformance:record [--once] [--new] [PART...]: plays them on dockerd, twice, and keeps its answers;
  with --once without looking whether it says the same again, with --new only those that have no transcript of their steps`;

/** Plays sessions on a dockerd, and keeps what it answered. @returns how many it answered differently the second time */
async function record(sessions: readonly Session[], docker: string, once: boolean): Promise<number> {
  const client = clientVersion(docker);
  const dockerd = await openDockerd(docker);
  let unsteady = 0;
  try {
    for (const session of sessions) {
      const answers = await dockerd.withStage(session, (stage) => play(session, stage, docker));
      writeTranscript(session, { client, answers });
      const again = once ? answers : await dockerd.withStage(session, (stage) => play(session, stage, docker));
      const alike = { ...session, steps: session.steps.map((step) => ({ ...step, differs: [] })) };
      const changes = compareAll(alike, answers, again, []);
      if (changes.length > 0) unsteady++;
      console.log([`${changes.length === 0 ? "recorded" : "UNSTEADY"}  ${session.name}`, ...changes].join("\n"));
    }
  } finally {
    await dockerd.close();
  }
  return unsteady;
}

/** Plays sessions on a Drydock of this checkout. @returns how many differ that are not pending */
async function check(sessions: readonly Session[], docker: string): Promise<number> {
  const everywhere = loadEverywhere();
  const pending = loadPending();
  const drydock = await openDrydock(docker);
  const counts = { same: 0, different: 0, pending: 0 };
  const waiting = [...sessions];
  const work = async () => {
    for (let session = waiting.shift(); session !== undefined; session = waiting.shift()) {
      const found = await differencesIn(session, drydock, docker, everywhere).catch((error: unknown) => [
        String(error),
      ]);
      const reason = pending[session.name];
      if (found.length === 0) counts.same++;
      else counts[reason === undefined ? "different" : "pending"]++;
      const word = found.length > 0 ? (reason === undefined ? "DIFFERS" : "pending") : "same   ";
      const note = reason !== undefined && found.length === 0 ? " (take it out of pending.yaml)" : "";
      console.log([`${word}  ${session.name}${note}`, ...found].join("\n"));
    }
  };
  try {
    await Promise.all(Array.from({ length: drydock.parallel }, work));
  } finally {
    await drydock.close();
  }
  console.log(`${counts.same} the same, ${counts.different} different, ${counts.pending} pending`);
  return counts.different;
}

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { once: { type: "boolean", default: false }, new: { type: "boolean", default: false } },
});
const [verb, ...parts] = positionals;
const sessions = loadSessions(parts).filter((session) => !flags.new || !isRecorded(session));
if (verb === "record") {
  process.exitCode = (await record(sessions, await dockerClient(), flags.once)) === 0 ? 0 : 1;
} else if (verb === "check") {
  process.exitCode = (await check(sessions, await dockerClient())) === 0 ? 0 : 1;
} else {
  console.error(usage);
  process.exitCode = 2;
}
