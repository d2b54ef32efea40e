import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { Machine, whyNot } from "./machine.ts";

/** What moby/buildkit makes of the options of RUN --mount (frontend/dockerfile/dockerfile2llb/convert_runmount.go). */
describe("mounts of a step", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  const said = (events: readonly NewBuildEvent[]): string =>
    events.flatMap((event) => (event.type === "log" ? [event.text] : [])).join("");
  const run = async (...lines: string[]): Promise<string> =>
    said((await machine.build(["FROM busybox", ...lines].join("\n"))).events);

  it("are mounted by where they go, whatever their order: what is within another is not covered by it", async () => {
    const dockerfile = [
      "RUN mkdir -p /src/in && echo outer > /src/f",
      "FROM busybox",
      "RUN --mount=type=cache,target=/m/in --mount=from=files,source=/src,target=/m,rw touch /m/in/kept && cat /m/f && ls /m/in",
    ];
    const { events } = await machine.build(["FROM busybox AS files", ...dockerfile].join("\n"));
    assert.equal(said(events), "outer\nkept\n");
  });

  it("in memory may be for reading alone, and 0 bytes is no limit", async () => {
    const tried = "touch /t/f 2>/dev/null && echo written || echo refused";
    assert.equal(await run(`RUN --mount=type=tmpfs,target=/t,ro ${tried}`), "refused\n");
    assert.equal(
      await run(`RUN --mount=type=tmpfs,target=/t,size=0 ${tried}; grep -c ' /t .*size=0' /proc/mounts; true`),
      "written\n0\n",
    );
    assert.equal(await run(`RUN --mount=type=tmpfs,target=/t,size=1.k grep -c ' /t .*size=4k' /proc/mounts`), "1\n");
  });

  it("of a cache: one that is locked may be there twice, and two steps that want two in turn both get them", async () => {
    const both = (a: string, b: string): string =>
      `--mount=type=cache,id=${a},target=/${a},sharing=locked --mount=type=cache,id=${b},target=/${b},sharing=locked`;
    assert.equal(
      await run(
        "RUN --mount=type=cache,id=x,target=/a,sharing=locked --mount=type=cache,id=x,target=/b,sharing=locked echo one > /a/f && cat /b/f",
      ),
      "one\n",
    );
    const swapped =
      "--mount=type=cache,id=one,target=/b,sharing=locked --mount=type=cache,id=two,target=/a,sharing=locked";
    await Promise.all([run(`RUN ${both("one", "two")} sleep 0.2`), run(`RUN ${swapped} sleep 0.2`)]);
  });

  it("of a cache: which one it is, and how it is shared, are no reason to run again; where it goes is", async () => {
    const ran = async (options: string): Promise<boolean> => {
      const { events } = await machine.build(`FROM busybox\nRUN --mount=type=cache,${options} echo ran`);
      return said(events) === "ran\n";
    };
    assert.equal(await ran("target=/k"), true);
    assert.equal(await ran("target=/k,id=another"), false);
    assert.equal(await ran("target=/k,sharing=locked"), false);
    assert.equal(await ran("target=/l"), true);
    assert.equal(await ran("target=/l,ro"), true);
  });

  it("of a cache: begun with a directory it has that one's mode and owner, and no sticky bit of mode=", async () => {
    const seed = ["FROM busybox AS seed", "RUN mkdir -m 750 /seed && chown 7:8 /seed", "FROM busybox"];
    const look = (options: string): string => `RUN --mount=type=cache,target=/c,${options} stat -c '%a %u %g' /c`;
    const { events } = await machine.build([...seed, look("from=seed,source=/seed")].join("\n"));
    assert.equal(said(events), "750 7 8\n");
    assert.equal(await run(look("id=s,mode=1777")), "777 0 0\n");
  });

  it("of a cache: source= is a directory in it, which no link leads out of", async () => {
    const part = "RUN --mount=type=cache,id=part,source=sub,target=/c";
    assert.equal(
      await run(
        "RUN --mount=type=cache,id=part,target=/all mkdir /all/sub && echo sub > /all/sub/f",
        `${part} cat /c/f`,
        "RUN --mount=type=cache,id=part,target=/all rm -r /all/sub && ln -s /etc /all/sub",
      ),
      "sub\n",
    );
    await assert.rejects(run(`${part} ls /c`), /sub/);
  });

  it("of files: names that would be patterns for COPY are names", async () => {
    const root = path.join(machine.directory, "named");
    mkdirSync(path.join(root, "app/[id]"), { recursive: true });
    writeFileSync(path.join(root, "app/[id]/page"), "page");
    writeFileSync(path.join(root, "app/i"), "not this");
    const dockerfile = [
      "FROM busybox AS stage",
      "COPY app /app",
      "FROM busybox",
      "RUN --mount=source=app/[id],target=/a --mount=from=stage,source=/app/[id],target=/b cat /a/page /b/page",
    ];
    writeFileSync(path.join(root, "Dockerfile"), dockerfile.join("\n"));
    assert.equal(said((await machine.buildIn(root)).events), "pagepage");
    await assert.rejects(run("RUN --mount=source=nowhere,target=/a true"), /RUN --mount.*"nowhere": not found/);
  });

  it("of an agent: programs are told where, but for an image that says so itself", async () => {
    const shown = 'echo "$SSH_AUTH_SOCK"';
    assert.equal(await run(`RUN --mount=type=ssh,target=/a ${shown}`), "/a\n");
    assert.equal(await run("ENV SSH_AUTH_SOCK=/mine", `RUN --mount=type=ssh,target=/a ${shown}`), "/mine\n");
  });
});
