import { dockerClient } from "../../suites/docker-clients.ts";
import { play } from "./play.ts";
import { loadEverywhere, loadPending, loadSessions, type Session } from "./session.ts";
import { clientVersion, openDockerd, openDrydock } from "./stages.ts";
import { readTranscript, writeTranscript } from "./transcript.ts";
import { compareAll, differencesIn } from "./verdict.ts";

const usage = `npm run conformance [PART...]: plays the sessions whose names have one of the parts on Drydock
npm run conformance:record [PART...]: plays them on dockerd, twice, and keeps its answers`;

/** Plays sessions on a dockerd twice, and keeps what it answered. @returns how many it answered differently */
async function record(sessions: readonly Session[], docker: string): Promise<number> {
  const client = clientVersion(docker);
  const dockerd = await openDockerd(docker);
  let unsteady = 0;
  try {
    for (const session of sessions) {
      const answers = await dockerd.withStage(session, (stage) => play(session, stage, docker));
      const again = await dockerd.withStage(session, (stage) => play(session, stage, docker));
      const alike = { ...session, steps: session.steps.map((step) => ({ ...step, differs: [] })) };
      const changes = compareAll(alike, answers, again, []);
      if (changes.length > 0) unsteady++;
      console.log(
        changes.length === 0 ? `recorded  ${session.name}` : `UNSTEADY  ${session.name}\n${changes.join("\n")}`,
      );
      writeTranscript(session, { client, answers });
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

const [verb, ...parts] = process.argv.slice(2);
if (verb !== "record" && verb !== "check") {
  console.error(usage);
  process.exit(2);
}
const sessions = loadSessions(parts);
for (const session of verb === "check" ? sessions : []) readTranscript(session);
const docker = await dockerClient();
process.exitCode = (await (verb === "record" ? record : check)(sessions, docker)) === 0 ? 0 : 1;
