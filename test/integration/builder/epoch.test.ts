import assert from "node:assert/strict";
import { lstatSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { BuildRequest } from "#engine/builder/builder.ts";
import { Machine, whyNot } from "./machine.ts";

const epoch = "1700000000";
const files = { f: "f", "tree/a": "a", "tree/sub/b": "b", "run.sh": "#!/bin/sh\necho hello > /said\n" };

/** Names are for messages. */
const corpus: Record<string, string> = {
  files: "FROM busybox\nRUN mkdir -p a/b && echo x > a/b/c && ln a/b/c d && ln -s c e\nCOPY f /new/place/\nENV A=b",
  "many files": "FROM busybox\nRUN mkdir m && for i in $(seq 200); do echo $i > m/$i; done",
  whiteouts: "FROM busybox\nRUN mkdir w && touch w/1 w/2\nRUN rm -r w/1 /home/app && mkdir /home/app",
  owners: "FROM busybox\nCOPY --chown=app:app --chmod=640 tree /tree\nUSER app\nWORKDIR /tree/sub\nRUN id > /tmp/who",
  stages: "FROM busybox AS one\nRUN echo 1 > /1\nFROM busybox\nCOPY --from=one /1 /copied/\nCOPY --from=one /etc /etc2",
  link: "FROM busybox\nRUN echo early > /early\nCOPY --link tree /linked\nADD f /added",
  documents: "FROM busybox\nCOPY <<A <<B /docs/\na\nA\nb\nB\nRUN <<EOF\nset -e\necho script > /script\nEOF",
  mounts:
    "FROM busybox\nRUN --mount=type=bind,target=/src --mount=type=cache,target=/cache --mount=type=tmpfs,target=/t cp -r /src/tree /got && echo c > /cache/c",
  configuration:
    'FROM busybox\nARG V=1\nLABEL a=b c="d e"\nEXPOSE 80\nVOLUME /v\nHEALTHCHECK CMD true\nSTOPSIGNAL SIGINT\nSHELL ["/bin/sh","-ec"]\nONBUILD RUN true\nCMD ["sh"]',
  environment: "FROM busybox\nARG SOURCE_DATE_EPOCH\nRUN env | sort > /env && cat /etc/hostname > /name",
  script: "FROM busybox\nCOPY --chmod=755 run.sh /\nRUN /run.sh && chmod 4755 /said && mkfifo /pipe",
  scratch: "FROM scratch\nCOPY tree /\nADD f run.sh /bin/",
  sparse:
    "FROM busybox\nRUN dd if=/dev/zero of=/sparse bs=1 count=1 seek=3000000 2> /dev/null && touch -d '2001-01-01 00:00:00' old",
};

describe("SOURCE_DATE_EPOCH", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  const other = new Machine();
  before(async () => {
    await Promise.all([machine.start(), other.start()]);
    await other.addCopy(machine, await machine.addBusybox());
  });
  after(async () => {
    await machine.dispose();
    await other.dispose();
  });

  const classic: Partial<BuildRequest> = { steps: { planned: () => undefined, image: () => undefined } };
  const given = (value: string | undefined) => ({ buildArgs: { SOURCE_DATE_EPOCH: value } });

  for (const [builder, more] of Object.entries({ BuildKit: {}, classic })) {
    it(`gives the same images on two engines with empty caches, built ${builder}'s way`, async () => {
      const first = new Map<string, string>();
      for (const [name, dockerfile] of Object.entries(corpus)) {
        first.set(name, (await machine.build(dockerfile, files, { ...given(epoch), ...more })).image.id);
      }
      await delay(1100);
      for (const [name, dockerfile] of Object.entries(corpus)) {
        const { image } = await other.build(dockerfile, files, { ...given(epoch), ...more });
        assert.equal(image.id, first.get(name), name);
      }
    });
  }

  it("is the time of all that the build made, and of nothing that is older", async () => {
    const { image } = await machine.build(
      "FROM busybox\nWORKDIR /work/here\nRUN mkdir -p a/b && touch a/b/c && ln -s c e && touch -d '2001-01-01 00:00:00' old\nCOPY f /new/place/\nENV A=b",
      files,
      given(epoch),
    );
    const time = "2023-11-14T22:13:20Z";
    assert.equal(image.config.created, time);
    const history = image.config.history ?? [];
    assert.deepEqual(
      history.map(({ created }) => created),
      ["2026-01-01T00:00:00Z", time, time, time, time],
      "the base keeps its own",
    );
    await machine.inspect(image, (root) => {
      const seconds = (file: string): number => lstatSync(path.join(root, file)).mtimeMs / 1000;
      assert.deepEqual(
        ["work/here/a/b/c", "work/here/e", "work", "new/place", "new/place/f"].map(seconds),
        Array.from({ length: 5 }, () => Number(epoch)),
      );
      assert.equal(seconds("work/here/old"), Date.UTC(2001, 0, 1) / 1000);
    });
    const ids = [given(undefined), given("1700000001")].map(async (more) => {
      return (await machine.build(corpus["files"] ?? "", files, more)).image.id;
    });
    assert.equal(new Set([image.id, ...(await Promise.all(ids))]).size, 3);
  });

  it("can be the Dockerfile's own ARG, before the first FROM", async () => {
    const dockerfile = `ARG SOURCE_DATE_EPOCH=${epoch}\nFROM busybox\nARG SOURCE_DATE_EPOCH\nRUN echo $SOURCE_DATE_EPOCH > /e`;
    const created = async (more: Partial<BuildRequest>) =>
      (await machine.build(dockerfile, {}, more)).image.config.created;
    assert.equal(await created({}), "2023-11-14T22:13:20Z");
    assert.equal(await created(given("1700000001")), "2023-11-14T22:13:21Z");
    const inStage = await machine.build(`FROM busybox\nARG SOURCE_DATE_EPOCH=${epoch}\nRUN true`);
    assert.notEqual(inStage.image.config.created, "2023-11-14T22:13:20Z");
  });

  it("can be the context's, where that has a time", async () => {
    const dockerfile = "FROM busybox\nARG SOURCE_DATE_EPOCH\nRUN echo -n $SOURCE_DATE_EPOCH > /e";
    const root = machine.context({ Dockerfile: dockerfile });
    const context = { root, hostBase: 0, time: 1_600_000_000, dispose: async () => {} };
    const { image } = await machine.buildIn(root, { context, ...given("context") });
    assert.equal(image.config.created, "2020-09-13T12:26:40Z");
    assert.match(image.config.history?.at(-1)?.created_by ?? "", /^RUN \|1 SOURCE_DATE_EPOCH=1600000000 /);
    const without = await machine.buildIn(root, given("context"));
    assert.match(without.image.config.history?.at(-1)?.created_by ?? "", /^RUN \|1 SOURCE_DATE_EPOCH= /);
  });

  it("is refused when it is no time", async () => {
    await assert.rejects(
      machine.build("FROM busybox", {}, given("yesterday")),
      /invalid SOURCE_DATE_EPOCH: yesterday: it is a number of seconds since 1970/,
    );
  });
});
