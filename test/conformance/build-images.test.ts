import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { Drydockd, whyNot } from "../suites/drydockd.ts";

describe("the images that a build leaves", { skip: whyNot() }, () => {
  const engine = new Drydockd({ standIns: ["busybox"] });
  const context = join(engine.directory, "context");

  const build = async (dockerfile: string, ...options: string[]) => {
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, "Dockerfile"), dockerfile);
    return engine.docker("build", ...options, context);
  };

  before(() => engine.start());
  after(() => engine.dispose());

  test("after a failure the step before it can be run, and each step is the next one's parent", async () => {
    const failed = await build("FROM busybox\nRUN echo kept > /kept\nENV A=b\nRUN exit 7\n");
    assert.notEqual(failed.status, 0);
    assert.match(failed.stderr, /The command '\/bin\/sh -c exit 7' returned a non-zero code: 7$/m);
    const ids = [...failed.stdout.matchAll(/^ ---> ([0-9a-f]{12})$/gm)].map(([, id]) => id ?? "");
    assert.equal(ids.length, 3, failed.stdout);
    const [, second = "", third = ""] = ids;
    const seen = await engine.docker("run", "--rm", third, "sh", "-c", "echo $A $(cat /kept)");
    assert.equal(seen.stdout.trim(), "b kept", seen.stderr);
    const { stdout } = await engine.docker("image", "inspect", "-f", "{{.Parent}}", third);
    assert.ok(stdout.startsWith(`sha256:${second}`), stdout);
    const history = await engine.docker("history", "--format", "{{.ID}} {{.CreatedBy}}", "--no-trunc", third);
    assert.match(history.stdout, /^sha256:\w+ \/bin\/sh -c #\(nop\) {2}ENV A=b\n/);
  });

  test("a stage that nothing needs is built, labels are steps, and a second build uses the cache for each", async () => {
    const dockerfile = "FROM busybox AS spare\nRUN true\nFROM busybox\nLABEL a=b\n";
    const options = ["-t", "labelled", "--label", "x=1", "--build-arg", "NOBODY=asks"];
    const first = await build(dockerfile, ...options);
    assert.match(first.stdout, /Step 5\/5 : LABEL x=1\n/);
    assert.match(first.stdout, /\[Warning\] One or more build-args \[NOBODY\] were not consumed\n/);
    const second = await build(dockerfile, ...options);
    assert.equal(second.stdout.match(/ ---> Using cache\n/g)?.length, 3, second.stdout);
    const last = /Successfully built (\w+)/;
    assert.equal(last.exec(second.stdout)?.[1], last.exec(first.stdout)?.[1]);
  });

  test("an ADD of downloads and files is one layer that holds them all", async () => {
    const server = createServer((_, response) => response.end("fetched")).listen(0, "127.0.0.1");
    try {
      await once(server, "listening");
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const built = await build(`FROM scratch\nADD ${url}/one ${url}/two Dockerfile /d/\n`, "-t", "several");
      assert.equal(built.status, 0, built.stderr);
    } finally {
      server.close();
    }
    const archive = join(engine.directory, "several.tar");
    const saved = await engine.docker("save", "-o", archive, "several");
    assert.equal(saved.status, 0, saved.stderr);
    const tar = (...args: string[]): string => execFileSync("tar", args, { encoding: "utf8" });
    const [{ Layers: layers }] = JSON.parse(tar("-xOf", archive, "manifest.json")) as [{ Layers: string[] }];
    assert.equal(layers.length, 1);
    const layer = join(engine.directory, "layer.tar");
    writeFileSync(layer, execFileSync("tar", ["-xOf", archive, ...layers]));
    assert.deepEqual(tar("-tf", layer).trim().split("\n"), ["d/", "d/Dockerfile", "d/one", "d/two"]);
  });
});
