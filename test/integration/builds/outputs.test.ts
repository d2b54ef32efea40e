import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import type { BuildStart, BuildSummary } from "../../../server/contract/extension-api.ts";
import { engineOfThisFile, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { eventsOf, summaryOf } from "../faults/building.ts";
import { json, send } from "../faults/http.ts";
import { patience } from "../../suites/patience.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile();
const epoch = 1_600_000_000;
let learner: TenantClient;

const dockerfile = `FROM scratch
COPY a /dir/a
COPY --chmod=4755 --chown=3:4 a /suid
ENV A=b`;

async function put(path: string, body: string): Promise<void> {
  const { status, text } = await send(learner.socket, `/drydock/v1/workspace/file?path=${path}`, {
    method: "PUT",
    body,
  });
  assert.ok(status < 300, text);
}

async function build(more: Partial<BuildStart>): Promise<BuildSummary> {
  const { id } = await json<BuildSummary>(learner.socket, "POST", "/drydock/v1/builds", {
    contextPath: "app",
    tags: ["made"],
    ...more,
  });
  const events = await eventsOf(learner.socket, id);
  const last = events.at(-1);
  assert.equal(last?.type, "completed", JSON.stringify(last));
  return summaryOf(learner.socket, id);
}

/** Of an archive, as tar lists it: `-rwsr-xr-x 3/4 ... suid`. */
function listed(archive: Buffer): string[] {
  const directory = mkdtempSync(join(tmpdir(), "ddo-"));
  try {
    writeFileSync(join(directory, "a.tar"), archive);
    const flags = ["--numeric-owner", "--full-time", "--utc", "-tvf", join(directory, "a.tar")];
    return execFileSync("tar", flags, { encoding: "utf8" })
      .trim()
      .split("\n")
      .map((line) => line.replace(/ +/g, " "));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const fetched = async (path: string): Promise<Buffer> => {
  const { status, body, text } = await send(learner.socket, path);
  assert.equal(status, 200, text);
  return body;
};

describe("what a build of the workspace gives out", { skip }, () => {
  before(async () => {
    learner = await engine.tenant("learner", "class");
    for (const [path, body] of Object.entries({ "app/Dockerfile": dockerfile, "app/a": "content\n" })) {
      await put(path, body);
    }
  });

  test("its files as a directory and as an archive, with the time that was asked for", async () => {
    const buildArgs = { SOURCE_DATE_EPOCH: String(epoch) };
    await build({ buildArgs, outputs: ["out/files", "type=tar,dest=out/deep/files.tar"] });
    const path = (name: string) => `/drydock/v1/workspace/file?path=${encodeURIComponent(name)}`;
    assert.equal((await fetched(path("out/files/dir/a"))).toString(), "content\n");
    assert.deepEqual(listed(await fetched(path("out/deep/files.tar"))), [
      "drwxr-xr-x 0/0 0 2020-09-13 12:26:40 dir/",
      "-rw-r--r-- 0/0 8 2020-09-13 12:26:40 dir/a",
      "-rwsr-xr-x 3/4 8 2020-09-13 12:26:40 suid",
    ]);
    const whole = listed(await fetched("/drydock/v1/workspace/tar?path=out/files"));
    assert.ok(
      whole.every((line) => /2020-09-13 12:26:40/.test(line) || line.endsWith("./")),
      whole.join("\n"),
    );
    assert.ok(
      whole.some((line) => line.includes(" 0/0 ") && line.endsWith("suid")),
      "files are the learner's own",
    );
  });

  test("the image as an archive that can be loaded, and under more names", async () => {
    const { imageId } = await build({
      outputs: ["type=docker,dest=image.tar", "type=oci,dest=oci.tar", "type=image,name=one:1,push=false"],
    });
    for (const file of ["image.tar", "oci.tar"]) {
      const body = await fetched(`/drydock/v1/workspace/file?path=${file}`);
      assert.ok(listed(body).some((line) => line.endsWith(" index.json")));
      const other = await engine.tenant(`of-${file.slice(0, -4)}`, "class");
      const headers = { "Content-Type": "application/x-tar" };
      const { text } = await send(other.socket, "/images/load", { method: "POST", body, headers });
      assert.match(text, /Loaded image: made:latest/);
      const { Id } = await json<{ Id: string }>(other.socket, "GET", "/images/made/json");
      assert.equal(Id, imageId);
    }
    const { Id } = await json<{ Id: string }>(learner.socket, "GET", "/images/one:1/json");
    assert.equal(Id, imageId);
  });

  test("its cache, as a directory that another build takes it from", async () => {
    await build({ tags: [], cacheTo: ["type=local,dest=cache,mode=max"] });
    const index = await fetched("/drydock/v1/workspace/file?path=cache/index.json");
    assert.match(index.toString(), /"application\/vnd\.oci\.image\.manifest\.v1\+json"/);
    await send(learner.socket, "/build/prune?all=1", { method: "POST" });
    const copied = async (more: Partial<BuildStart>): Promise<boolean[]> => {
      const { id } = await build({ tags: [], ...more });
      const events = await eventsOf(learner.socket, id);
      const copies = events.flatMap((event) =>
        event.type === "vertex" && event.vertex.instruction.startsWith("COPY") ? [event.vertex.id] : [],
      );
      return events.flatMap((event) =>
        event.type === "vertex-completed" && copies.includes(event.id) ? [event.cached] : [],
      );
    };
    assert.deepEqual(await copied({ cacheFrom: ["type=local,src=cache"] }), [true, true]);
    assert.deepEqual(await copied({}), [false, false], "what is imported is not kept");
  });

  test("a stream of either to whoever asks, as long as the image is there", async () => {
    const { id, imageId } = await build({ tags: [], buildArgs: { X: "stream" } });
    const files = await fetched(`/drydock/v1/builds/${id}/output`);
    assert.equal(listed(files).filter((line) => line.endsWith(" suid")).length, 1);
    const image = await fetched(`/drydock/v1/builds/${id}/output?type=oci`);
    assert.ok(listed(image).some((line) => line.endsWith(`/${imageId?.slice(7)}`)));
    const wrong = await send(learner.socket, `/drydock/v1/builds/${id}/output?type=zip`);
    assert.deepEqual([wrong.status, wrong.text.includes("tar, oci, docker")], [400, true]);
    await send(learner.socket, `/images/${imageId}?force=true`, { method: "DELETE" });
    assert.equal((await send(learner.socket, `/drydock/v1/builds/${id}/output`)).status, 404);
  });

  test("nothing stays mounted of a stream that is cut off", async () => {
    await put("big/Dockerfile", "FROM scratch\nCOPY . /\n");
    for (let number = 0; number < 12; number++) {
      await put(`big/${number}`, "x".repeat(1 << 20));
    }
    const { id } = await build({ contextPath: "big", tags: ["big"] });
    await new Promise<void>((resolve, reject) => {
      const path = `/drydock/v1/builds/${id}/output`;
      const outgoing = request({ socketPath: learner.socket, path, agent: false }, (response) => {
        response.once("data", () => outgoing.destroy());
        response.once("close", resolve);
        response.on("error", () => undefined);
      });
      outgoing.on("error", reject);
      outgoing.end();
    });
    const { status, text } = await send(learner.socket, "/images/big?force=true", { method: "DELETE" });
    assert.equal(status, 200, text);
    const mounts = () => execFileSync("cat", ["/proc/self/mounts"], { encoding: "utf8" });
    const deadline = Date.now() + patience;
    while (mounts().includes(`${engine.runDirectory}/builds/learner/mounts/build-learner-view`)) {
      assert.ok(Date.now() < deadline, mounts());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test("what leads out of the workspace, or is not known, is refused", async () => {
    for (const [output, status] of [
      ["../elsewhere", 201],
      ["type=zip,dest=x", 501],
      ["type=tar", 400],
      ["type=tar,dest=-", 400],
    ] as const) {
      const answer = await send(learner.socket, "/drydock/v1/builds", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ contextPath: "app", tags: [], outputs: [output] }),
      });
      if (status === 201) {
        const { id } = JSON.parse(answer.text) as BuildSummary;
        await eventsOf(learner.socket, id);
        const inside = await fetched("/drydock/v1/workspace/file?path=elsewhere/dir/a");
        assert.equal(inside.toString(), "content\n", "`..` ends at the workspace's top");
      } else {
        assert.equal(answer.status, status, answer.text);
      }
    }
  });
});
