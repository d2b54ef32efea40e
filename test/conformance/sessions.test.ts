import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { dockerClient } from "../suites/docker-clients.ts";
import { whyNot } from "../suites/drydockd.ts";
import { differencesOf, isCommand, loadEverywhere, loadPending, loadSessions, type Step } from "./harness/session.ts";
import { clientVersion, openDrydock, type Theatre } from "./harness/stages.ts";
import { readTranscript } from "./harness/transcript.ts";
import { differencesIn } from "./harness/verdict.ts";

const sessions = loadSessions();
const pending = loadPending();
const everywhere = loadEverywhere();
const written = readFileSync(join(import.meta.dirname, "../../docs/differences.md"), "utf8");

test("every difference that a session allows is explained in docs/differences.md", () => {
  const explained = new Set([...written.matchAll(/^#+ `([\w-]+)`/gm)].map((match) => match[1]));
  for (const { id } of everywhere) assert.ok(explained.has(id), `differences.yaml: ${id}`);
  for (const { name, steps } of sessions) {
    for (const { id } of steps.flatMap(differencesOf)) assert.ok(explained.has(id), `${name}: ${id}`);
  }
});

test("what is pending is a session", () => {
  const names = new Set(sessions.map(({ name }) => name));
  for (const name of Object.keys(pending)) assert.ok(names.has(name), name);
});

const skip = whyNot() ?? false;
/** A program of the session's own, such as curl, is the same wherever it runs. */
const asksClient = (step: Step): boolean => isCommand(step) && /\bdocker\b/.test(step.run);

/** Maps have no order in Go, neither in dockerd nor in its client: a session that differs is played again, this often. */
const rounds = 3;

describe("sessions answered as dockerd answers them", { skip, concurrency: 4 }, () => {
  let docker = "";
  let drydock: Theatre;

  before(async () => {
    docker = await dockerClient();
    drydock = await openDrydock(docker);
  });

  after(() => drydock.close());

  for (const session of sessions) {
    test(session.name, async (t) => {
      const { client } = readTranscript(session);
      const reason = pending[session.name];
      if (reason !== undefined) return t.skip(`pending: ${reason}`);
      const here = clientVersion(docker);
      let found: string[] = ["not played"];
      for (let round = 0; round < rounds && found.length > 0; round++) {
        if (round > 0)
          t.diagnostic(
            `${session.name}: differed, played again (${round} of ${rounds - 1} times)\n${found.join("\n")}`,
          );
        found = await differencesIn(session, drydock, docker, everywhere);
        // Another client has words of its own: where they differ nobody can tell whose fault it is, where not, all is well.
        if (found.length > 0 && client !== here && session.steps.some(asksClient)) {
          return t.skip(
            `its transcript is of the docker client ${client}, and is not the same with ${here}: ${found.slice(0, 2).join(" ").trim().replaceAll(/\s+/g, " ")}`,
          );
        }
      }
      assert.equal(found.join("\n"), "");
    });
  }
});
