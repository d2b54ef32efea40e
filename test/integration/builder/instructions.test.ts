/** Instructions that only set the image's configuration: what they do is seen in a container of the image. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Drydockd, type Outcome, whyNot } from "../../suites/drydockd.ts";
import { dockerClient } from "../../suites/docker-clients.ts";
import { until } from "../faults/http.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });

before(async () => {
  if (skip === false) await engine.start();
});

after(async () => {
  if (skip === false) await engine.dispose();
});

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout.trim();
}

async function docker(...args: string[]): Promise<string> {
  return good(await engine.docker(...args));
}

async function build(name: string, ...lines: string[]): Promise<string> {
  const dockerfile = ["FROM busybox", ...lines, ""].join("\n");
  return good(await engine.cli(await dockerClient(), ["build", "-t", name, "-"], dockerfile));
}

test("SHELL: carries out RUN, and the shell form of CMD", { skip }, async () => {
  await build("shell", 'SHELL ["/bin/sh", "-ec"]', "RUN false; touch /not-reached || true").then(
    () => assert.fail("-e had no effect"),
    (error: Error) => assert.match(error.message, /'\/bin\/sh -ec false; touch.*returned a non-zero code: 1/),
  );
  await build("shell", 'SHELL ["/bin/sh", "-xc"]', "RUN echo ran > /how", "CMD cat /how");
  assert.equal(await docker("inspect", "-f", "{{json .Config.Shell}}", "shell"), '["/bin/sh","-xc"]');
  assert.deepEqual(await engine.docker("run", "--rm", "shell"), { status: 0, stdout: "ran\n", stderr: "+ cat /how\n" });
});

test("ENTRYPOINT: arguments of run follow it; its shell form takes none", { skip }, async () => {
  await build("exec-form", 'ENTRYPOINT ["echo", "always"]', 'CMD ["by default"]');
  assert.equal(await docker("run", "--rm", "exec-form"), "always by default");
  assert.equal(await docker("run", "--rm", "exec-form", "given", "words"), "always given words");
  assert.equal(await docker("run", "--rm", "--entrypoint", "id", "exec-form", "-u"), "0");
  await build("shell-form", "ENTRYPOINT echo alone", 'CMD ["lost"]');
  assert.equal(await docker("run", "--rm", "shell-form", "lost too"), "alone");
});

test(
  "USER: a step without one has the groups that list root, a user with a group only that one",
  { skip },
  async () => {
    const group = "mkdir -p /etc; echo 'root:x:0:0::/:/bin/sh' > /etc/passwd; echo 'wheel:x:10:root' > /etc/group";
    await build("groups", `RUN ${group}`, "RUN id -G > /one", "USER 0:0", "RUN id -G > /other");
    assert.equal(await docker("run", "--rm", "groups", "cat", "/one", "/other"), "0 10\n0");
  },
);

test("STOPSIGNAL: is what stop sends", { skip }, async () => {
  const script = "trap 'echo got USR1; exit 7' USR1; trap 'echo got TERM; exit 8' TERM; while :; do sleep 0.1; done";
  await build("stopped", "STOPSIGNAL SIGUSR1", `CMD ["sh", "-c", "echo ready; ${script}"]`);
  await docker("run", "-d", "--name", "stopped", "stopped");
  await until("the trap is set", async () => (await docker("logs", "stopped")).includes("ready"));
  await docker("stop", "-t", "60", "stopped");
  assert.equal(await docker("logs", "stopped"), "ready\ngot USR1");
  assert.equal(await docker("inspect", "-f", "{{.State.ExitCode}}", "stopped"), "7");
  await docker("rm", "stopped");
});

test(
  "HEALTHCHECK: healthy, then unhealthy with what the check said; --no-healthcheck leaves it",
  { skip },
  async () => {
    const check = "HEALTHCHECK --interval=200ms --timeout=60s --retries=2 CMD cat /well || { echo is ill; exit 1; }";
    await build("checked", "RUN echo fine > /well", check, 'CMD ["sleep", "1000"]');
    await docker("run", "-d", "--name", "checked", "checked");
    const state = () => docker("inspect", "-f", "{{.State.Health.Status}}", "checked");
    await until("it is healthy", async () => (await state()) === "healthy");
    assert.match(await docker("ps"), /Up .* \(healthy\)/);
    await docker("exec", "checked", "rm", "/well");
    await until("it is unhealthy", async () => (await state()) === "unhealthy");
    assert.match(await docker("ps", "--filter", "health=unhealthy"), /Up .* \(unhealthy\)/);
    assert.match(
      await docker("inspect", "-f", "{{json .State.Health.Log}}", "checked"),
      /"ExitCode":1,"Output":"[^"]*is ill/,
    );
    assert.equal(await docker("inspect", "-f", "{{.State.Running}}", "checked"), "true");
    await docker("rm", "-f", "checked");
    await docker("run", "-d", "--name", "unchecked", "--no-healthcheck", "checked");
    assert.equal(await docker("inspect", "-f", "{{.State.Health}}", "unchecked"), "<nil>");
    await docker("rm", "-f", "unchecked");
  },
);

test(
  "VOLUME: starts with the image's files, outlives nothing but its own container, is left out of commit",
  { skip },
  async () => {
    await build("kept", "RUN mkdir /data && echo from the image > /data/file", "VOLUME /data");
    await docker(
      "run",
      "--name",
      "writer",
      "kept",
      "sh",
      "-c",
      "cat /data/file; echo added > /data/more; grep -c ' /data ' /proc/self/mounts",
    );
    assert.equal(await docker("logs", "writer"), "from the image\n1");
    const volume = await docker(
      "inspect",
      "-f",
      "{{range .Mounts}}{{.Type}} {{.Destination}} {{.Name}}{{end}}",
      "writer",
    );
    const [, name = ""] = /^volume \/data ([0-9a-f]{64})$/.exec(volume) ?? assert.fail(volume);
    assert.equal(await docker("run", "--rm", "--volumes-from", "writer", "kept", "cat", "/data/more"), "added");
    assert.notEqual((await engine.docker("run", "--rm", "kept", "test", "-e", "/data/more")).status, 0);
    await docker("commit", "writer", "committed");
    assert.notEqual((await engine.docker("run", "--rm", "committed", "test", "-e", "/data/more")).status, 0);
    assert.equal(await docker("volume", "ls", "-q"), name);
    await docker("rm", "-v", "writer");
    assert.equal(await docker("volume", "ls", "-q"), "");
  },
);

test(
  "VOLUME: a RUN after it finds the directory, as the classic builder's steps do, and it stays",
  { skip },
  async () => {
    await build("declared", "VOLUME /v /in/v", "RUN echo kept >/v/x && ls -d /in/v", "VOLUME /w");
    const child = await engine.cli(
      await dockerClient(),
      ["build", "-"],
      "FROM declared\nCOPY --from=declared / /copy\nRUN cat /copy/v/x && ls -d /copy/in/v && test ! -e /copy/w && test -d /w\n",
    );
    assert.match(good(child), /kept\n\/copy\/in\/v\n/);
  },
);
