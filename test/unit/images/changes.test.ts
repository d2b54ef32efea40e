import assert from "node:assert/strict";
import { test } from "node:test";
import { applyChanges } from "../../../server/engine/images/changes.ts";

test("changes touch the configuration as in a Dockerfile", () => {
  const before = { Env: ["A=1", "PATH=/bin"], Labels: { a: "b" } };
  const after = applyChanges(before, [
    'CMD ["httpd", "-f"]',
    "ENTRYPOINT echo hello",
    'ENV A=2 B="two words" C=$PATH:/x',
    "EXPOSE 80 53/udp 8000-8001",
    "LABEL c=d",
    "VOLUME /data",
    "USER nobody",
    "WORKDIR /srv",
    "STOPSIGNAL SIGQUIT",
    "ONBUILD RUN true",
    "",
  ]);
  assert.deepEqual(after, {
    Env: ["A=2", "PATH=/bin", "B=two words", "C=/bin:/x"],
    Labels: { a: "b", c: "d" },
    Cmd: ["httpd", "-f"],
    Entrypoint: ["/bin/sh", "-c", "echo hello"],
    ExposedPorts: { "80/tcp": {}, "53/udp": {}, "8000/tcp": {}, "8001/tcp": {} },
    Volumes: { "/data": {} },
    User: "nobody",
    WorkingDir: "/srv",
    StopSignal: "SIGQUIT",
    OnBuild: ["RUN true"],
  });
  assert.deepEqual(before, { Env: ["A=1", "PATH=/bin"], Labels: { a: "b" } }, "the original stays");
});

test("other instructions and nonsense are refused", () => {
  for (const change of ["RUN true", "COPY a b", "FROM scratch", "NOPE", "EXPOSE 99999", "ENV"]) {
    assert.throws(() => applyChanges({}, [change]), { name: "InvalidArgument" }, change);
  }
});

test("a working directory goes on from the one before, unless it is absolute", () => {
  const after = (...changes: string[]) => applyChanges({ WorkingDir: "/tmp" }, changes).WorkingDir;
  assert.equal(after("WORKDIR a", "WORKDIR b"), "/tmp/a/b");
  assert.equal(after("WORKDIR /a", "WORKDIR b"), "/a/b");
  assert.equal(applyChanges({}, ["WORKDIR a"]).WorkingDir, "/a");
});

test("changes that are all empty are a file without instructions", () => {
  assert.throws(() => applyChanges({}, ["", " "]), /file with no instructions/);
});
