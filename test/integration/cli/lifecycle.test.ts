import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

const checkout = join(import.meta.dirname, "../../..");
const skip = process.getuid?.() === 0 ? false : "the command needs root";

/** A Drydock of this checkout with directories, kernel names, port and settings of its own. */
class Instance {
  readonly directory = mkdtempSync(join(tmpdir(), "ddl-"));
  readonly run = join(this.directory, "r");
  readonly data = join(this.directory, "d");
  readonly name = randomBytes(1).toString("hex");
  readonly env: NodeJS.ProcessEnv;
  #supervisor: ChildProcess | undefined;

  constructor() {
    this.env = {
      ...process.env,
      DRYDOCK_CHECKOUT: checkout,
      DRYDOCK_SETTINGS: join(this.directory, "settings.json"),
      DRYDOCK_DATA: this.data,
      DRYDOCK_RUN: this.run,
      DRYDOCK_WEB_DATA: join(this.directory, "w"),
      DRYDOCK_NAME: this.name,
      DRYDOCK_PORT: "18999",
      DRYDOCK_PREPARE: "0",
    };
  }

  command(...args: string[]) {
    const main = join(checkout, "server/cli/main.ts");
    return spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", main, ...args], {
      env: this.env,
      encoding: "utf8",
    });
  }

  async start(): Promise<void> {
    mkdirSync(this.run, { recursive: true, mode: 0o711 });
    const supervisor = join(checkout, "server/cli/supervisor.ts");
    this.#supervisor = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", supervisor], {
      env: this.env,
      stdio: "ignore",
    });
    for (let attempt = 0; !this.answers(); attempt++) {
      assert.ok(attempt < 120, `drydockd does not answer: ${this.log()}`);
      await sleep(500);
    }
  }

  answers(): boolean {
    return /^drydockd +answers/m.test(this.command("status").stdout);
  }

  log(): string {
    const file = join(this.data, "log/drydockd.log");
    return existsSync(file) ? readFileSync(file, "utf8").slice(-2000) : "(no log)";
  }

  /** What a power cut of the processes alone would do. */
  kill(): void {
    const children = readFileSync(`/proc/${this.#supervisor?.pid}/task/${this.#supervisor?.pid}/children`, "utf8");
    this.#supervisor?.kill("SIGKILL");
    for (const pid of children.trim().split(" ")) process.kill(Number(pid), "SIGKILL");
  }

  /** Of this instance, in the kernel. */
  leftovers(): string[] {
    const mounts = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    const tables = spawnSync("nft", ["list", "tables"], { encoding: "utf8" }).stdout.split("\n");
    const links = spawnSync("ip", ["-o", "link"], { encoding: "utf8" }).stdout.split("\n");
    const processes = spawnSync("ps", ["axww", "-o", "pid,args"], { encoding: "utf8" }).stdout.split("\n");
    return [
      ...mounts.filter((line) => line.includes(this.directory)),
      ...tables.filter((line) => line.endsWith(` drydock-${this.name}`)),
      ...links.filter((line) => line.includes(` y${this.name}`)),
      ...processes.filter((line) => line.includes(this.directory)),
      ...["", "memory/", "pids/", "cpu/"]
        .map((controller) => `/sys/fs/cgroup/${controller}drydock-${this.name}`)
        .filter((path) => existsSync(path)),
    ];
  }

  remove(): void {
    this.command("down");
    rmSync(this.directory, { recursive: true, force: true });
  }
}

test("down of what runs stops it, leaves nothing in the kernel and keeps the data", { skip }, async () => {
  const instance = new Instance();
  after(() => instance.remove());
  await instance.start();
  assert.notDeepEqual(instance.leftovers(), [], "the test would see nothing: it looks in the wrong places");
  const { status, stdout, stderr } = instance.command("down");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Drydock is down/);
  assert.deepEqual(instance.leftovers(), []);
  assert.equal(existsSync(instance.run), false);
  assert.equal(existsSync(join(instance.data, "lock")), true);
});

test("down takes away what drydockd left when it was killed, and can be run again", { skip }, async () => {
  const instance = new Instance();
  after(() => instance.remove());
  await instance.start();
  instance.kill();
  assert.notDeepEqual(instance.leftovers(), [], "a killed drydockd leaves something, else this test shows nothing");
  for (const time of ["first", "second"]) {
    const { status, stderr } = instance.command("down");
    assert.equal(status, 0, `${time}: ${stderr}`);
    assert.deepEqual(instance.leftovers(), []);
  }
});

test("down of what never started is no error", { skip }, () => {
  const instance = new Instance();
  after(() => instance.remove());
  const { status, stderr } = instance.command("down");
  assert.equal(status, 0, stderr);
});

test("status of what does not run has exit status 3", { skip }, () => {
  const instance = new Instance();
  after(() => instance.remove());
  const { status, stdout } = instance.command("status");
  assert.equal(status, 3);
  assert.match(stdout, /drydockd +does not answer/);
});

test("up on a port that is taken names another and sets nothing up", { skip }, async () => {
  const instance = new Instance();
  const other = createServer();
  after(() => {
    other.close();
    instance.remove();
  });
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  const { status, stderr } = instance.command("up", "--port", String(port));
  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`port ${port} on 127.0.0.1 is taken by another program: choose another, .*--port`));
  assert.equal(existsSync(instance.data), false);
});
