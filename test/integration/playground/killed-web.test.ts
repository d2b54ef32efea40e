import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Web, whyNoPages } from "../../abuse/web.ts";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";
import { randomOf } from "../../unit/builder/random-words.ts";
import { Builds, Containers, Files, Snippets, Terminals, Typing, Workspaces } from "./activities.ts";
import { Doings, Learner } from "./learner.ts";

const rounds = Number(process.env["DRYDOCK_TEST_ROUNDS"] ?? 5);
const seed = Number(process.env["DRYDOCK_TEST_SEED"] ?? Date.now() % 1_000_000);

describe("web is killed at any moment", { skip: whyNot() ?? whyNoPages() ?? false }, () => {
  const engine = new Drydockd({ standIns: ["busybox"] });
  const web = new Web();
  let learner: Learner;
  before(async () => {
    await engine.start();
    await web.start(engine);
    learner = new Learner(await web.visitor());
    await learner.socket.connected();
  });
  after(async () => {
    learner?.socket.close();
    await web.stop();
    await engine.dispose();
  });

  const tenants = async (): Promise<string[]> =>
    (JSON.parse((await engine.call("GET", "/drydock/v1/tenants")).text) as { id: string }[]).map(({ id }) => id);

  it(`${rounds} times in the middle of everything: all is as before or as after, and nothing is lost`, async (t) => {
    t.diagnostic(`DRYDOCK_TEST_SEED=${seed}`);
    const random = randomOf(seed);
    await learner.ask("GET", "files");
    await learner.ask("POST", "containers", { image: "busybox", name: "one", cmd: ["sleep", "100000"] });
    const typing = await Typing.open(learner, random);
    const builds = new Builds(learner);
    const terminals = new Terminals(learner, "one");
    for (const each of [builds, terminals]) await each.prepare();
    const others = [new Files(learner, random), new Containers(learner), new Snippets(learner)];
    const doings = new Doings([typing, builds, terminals, ...others, new Workspaces(learner, tenants)]);
    for (let round = 0; round < rounds; round++) {
      await terminals.print();
      doings.begin();
      const wait = 50 + random(1500);
      await sleep(wait);
      await web.stop();
      t.diagnostic(`round ${round}: killed after ${wait} ms`);
      await web.start(engine);
      await doings.end();
      assert.deepEqual(doings.surprises, []);
    }
    typing.stop();
  });
});
