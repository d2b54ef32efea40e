import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, before, test, type TestContext } from "node:test";
import { unpackReference } from "../../bench/engines.ts";
import { onPath } from "../../server/cli/apt.ts";
import { dockerClient } from "../suites/docker-clients.ts";
import { whyNot } from "../suites/drydockd.ts";
import { play } from "./harness/play.ts";
import { loadEverywhere, loadSessions } from "./harness/session.ts";
import { openDockerd, openDrydock, type Theatre } from "./harness/stages.ts";
import { compareAll } from "./harness/verdict.ts";

/*
 * The transcripts are of a dockerd of some day; here a few sessions are played on one that runs now, with whatever client
 * is here, and on Drydock.
 */

const names = ["build/labels", "exec/inspect-list", "volumes/read-only"];
/** What the sessions allow to differ is said of this one. */
const comparable = /^20\.10\./;

/** Why there is no dockerd here to play on; undefined where there is one. */
async function whyNoDockerd(): Promise<string | undefined> {
  const why = whyNot() ?? (onPath("iptables") === undefined ? "dockerd needs iptables, which is not here" : undefined);
  if (why !== undefined) return why;
  return unpackReference().then(
    () => undefined,
    (error: Error) => `no dockerd can be had: ${error.message}`,
  );
}

let docker = "";
let why: string | undefined;
let drydock: Theatre | undefined;
let dockerd: Awaited<ReturnType<typeof openDockerd>> | undefined;

before(async () => {
  why = await whyNoDockerd();
  if (why !== undefined) return;
  docker = await dockerClient();
  [drydock, dockerd] = await Promise.all([openDrydock(docker), openDockerd(docker)]);
  if (!comparable.test(dockerd.version)) why = `compared is with dockerd 20.10, here is ${dockerd.version}`;
});

after(async () => {
  await Promise.all([drydock?.close(), dockerd?.close()]);
  if (dockerd === undefined) return;
  assert.equal(existsSync(`/proc/${dockerd.pid}`), false, "the dockerd that was started has ended");
  assert.equal(existsSync(dockerd.root), false, "and nothing of it is left on the disk");
});

for (const session of loadSessions(names)) {
  test(`${session.name}: as a dockerd that runs now`, async (t: TestContext) => {
    if (why !== undefined || drydock === undefined || dockerd === undefined) return t.skip(why ?? "no engine");
    const on = (theatre: Theatre) => theatre.withStage(session, (stage) => play(session, stage, docker));
    const [theirs, ours] = await Promise.all([on(dockerd), on(drydock)]);
    assert.equal(compareAll(session, theirs, ours, loadEverywhere()).join("\n"), "");
  });
}
