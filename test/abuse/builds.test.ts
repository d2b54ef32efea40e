/** Dockerfiles and contexts that reach for what is not theirs. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type ArchiveEntry, archive } from "../fakes/archives.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();

describe("COPY and ADD", { skip }, () => {
  test("a link in the context to a file of the machine", async () => {
    const context: ArchiveEntry[] = [
      { name: "link", type: "symlink", linkName: stage.canary },
      { name: "dir", type: "symlink", linkName: stage.trap },
    ];
    for (const line of [
      "COPY link /x",
      "COPY dir/canary /x",
      "COPY dir /x/",
      "ADD dir/* /x/",
      "COPY ../canary /x",
      `COPY ${stage.canary} /x`,
    ]) {
      const { text } = await stage.build(
        "copied",
        `FROM debian\n${line}\nRUN cat /x /x/* 2>/dev/null; true\n`,
        ...context,
      );
      await stage.unharmed(text);
    }
  });

  test("onto a link in the image", async () => {
    const { text } = await stage.build(
      "onto",
      `FROM debian\nRUN ln -s ${stage.trap} /out\nCOPY Dockerfile /out/planted\nADD Dockerfile /out/\nCOPY --from=debian /etc/hostname /out/\n`,
    );
    await stage.unharmed(text);
  });

  test("ADD of an archive that leads out", async () => {
    const hostile = archive(
      { name: `../../../../../../..${stage.trap}/planted`, content: "x" },
      { name: "l", type: "symlink", linkName: stage.trap },
      { name: "l/planted", content: "x" },
    );
    const { text } = await stage.build("added", "FROM debian\nADD a.tar /x/\n", { name: "a.tar", content: hostile });
    assert.match(text, /"error"/);
    await stage.unharmed(text);
  });

  test("a Dockerfile, a .dockerignore or a context that is a link", async () => {
    const links: ArchiveEntry[] = [
      { name: "Dockerfile.link", type: "symlink", linkName: stage.canary },
      { name: ".dockerignore", type: "symlink", linkName: stage.canary },
    ];
    const dockerfile = archive({ name: "Dockerfile", content: "FROM debian\n" }, ...links);
    const linked = await stage.upload("POST", "/build?dockerfile=Dockerfile.link", dockerfile);
    const up = await stage.upload(
      "POST",
      `/build?dockerfile=${encodeURIComponent(`../../..${stage.canary}`)}`,
      dockerfile,
    );
    assert.match(linked.text + up.text, /error|message/);
    await stage.unharmed(linked.text, up.text);
  });

  test("RUN mounts: binds, caches and secrets of others and of the machine", async () => {
    for (const mount of [
      `type=bind,source=${stage.trap},target=/x`,
      `type=bind,source=../../..${stage.trap},target=/x`,
      `type=cache,id=../../../../..${stage.trap},target=/x`,
      "type=ssh,target=/x",
    ]) {
      const { text } = await stage.build(
        "mounted",
        `FROM debian\nRUN --mount=${mount} cat /x/canary; ls -la /x; touch /x/planted; true\n`,
      );
      await stage.unharmed(text);
    }
    for (const flag of ["--network=host", "--security=insecure"]) {
      const { text } = await stage.build("mounted", `FROM debian\nRUN ${flag} id\n`);
      assert.match(text, /not allowed|is not|unknown|error/i);
      assert.doesNotMatch(text, /uid=0/);
    }
    await stage.unharmed();
  });

  test("a build step is as confined as a container", async () => {
    const { text } = await stage.build(
      "confined",
      "FROM debian\nRUN mount -t tmpfs x /mnt; mknod /d b 8 0; echo x > /proc/sys/kernel/core_pattern; grep Seccomp: /proc/self/status; cat /proc/self/uid_map\n",
    );
    assert.match(text, /permission denied|not permitted/i);
    assert.match(text, /Read-only file system/);
    assert.match(text, /Seccomp:\\t2/);
    assert.doesNotMatch(text, /\b0 +0 +4294967295/);
    await stage.unharmed();
  });

  test("real time, by a limit of a build's own", async () => {
    const asked = encodeURIComponent(JSON.stringify([{ Name: "rtprio", Soft: 99, Hard: 99 }]));
    const context = archive({ name: "Dockerfile", content: "FROM debian\nRUN ulimit -r\n" });
    const { text } = await stage.upload("POST", `/build?ulimits=${asked}`, context);
    assert.match(text, /--ulimit rtprio=99 is not allowed here/);
  });
});
