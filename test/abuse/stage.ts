/**
 * A running drydockd with an attacker and a neighbour, for one test file. The attacker has what a hostile stranger has:
 * root in a container and a Docker API. What must stay as it was is looked at from outside: the neighbour's container
 * and objects, the machine's settings and files, and drydockd itself.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { chmodSync, globSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { after, before } from "node:test";
import { type ArchiveEntry, archive } from "../fakes/archives.ts";
import { Drydockd, type Outcome, run, type TenantClient, whyNot } from "../suites/drydockd.ts";

export { run };

export const skip = whyNot() ?? false;

/** Settings of the one kernel that all share. */
const kernelSettings = [
  ...["core_pattern", "modprobe", "hostname", "domainname", "hotplug", "panic", "sysrq", "dmesg_restrict"].map(
    (name) => `/proc/sys/kernel/${name}`,
  ),
  "/proc/sys/vm/overcommit_memory",
  "/proc/sys/fs/binfmt_misc/status",
];

/** Files of the machine that attackers are after. */
const machineFiles = ["/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/crontab", "/usr/bin/crun", "/usr/bin/runc"];

export interface Neighbour {
  container: string;
  image: string;
  network: string;
  volume: string;
  exec: string;
}

export class Stage {
  readonly engine: Drydockd;
  /** a text that is in the machine's `canary` and nowhere else */
  readonly hostSecret = `host-${randomBytes(8).toString("hex")}`;
  /** the same in the neighbour's container, volume and environment */
  readonly secret = `vault-${randomBytes(8).toString("hex")}`;
  /** a directory of the machine that anybody may write, and that nobody of the attacker's may get at */
  readonly trap: string;
  /** a file in it */
  readonly canary: string;
  attacker!: TenantClient;
  victim!: TenantClient;
  neighbour!: Neighbour;
  #before = "";

  constructor(options: { standIns?: readonly string[]; environment?: Readonly<Record<string, string>> } = {}) {
    this.engine = new Drydockd({ standIns: ["debian"], ...options });
    this.trap = join(this.engine.directory, "trap");
    this.canary = join(this.trap, "canary");
  }

  /** What the attacker's root runs in its container `cell`. */
  inside(script: string, ...options: string[]): Promise<Outcome> {
    return this.attacker.docker("exec", ...options, "cell", "sh", "-c", script);
  }

  /** The attacker's API. */
  api(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }> {
    return this.engine.call(method, path, body, this.attacker.socket);
  }

  /** The attacker's API, with a body of bytes; or another's. */
  upload(
    method: string,
    path: string,
    body: Uint8Array,
    type = "application/x-tar",
    socketPath = this.attacker.socket,
  ) {
    return new Promise<{ status: number; text: string }>((resolve, reject) => {
      const options = { socketPath, method, path, agent: false };
      const headers = { "Content-Type": type, "Content-Length": body.length };
      const outgoing = request({ ...options, headers }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
      });
      outgoing.on("error", reject);
      outgoing.end(body);
    });
  }

  async start(): Promise<void> {
    const { engine } = this;
    await engine.start();
    this.attacker = await engine.tenant("mallory", "public", { pids: 512, memory: 512 * 1024 ** 2 });
    this.victim = await engine.tenant("quigley", "public", { pids: 512, memory: 512 * 1024 ** 2 });
    mkdirSync(this.trap);
    chmodSync(this.trap, 0o777);
    writeFileSync(this.canary, this.hostSecret);
    writeFileSync(join(this.trap, "passwd"), "hostuser:x:4242:4242::/:/bin/sh\n");
    for (const name of ["canary", "passwd"]) chmodSync(join(this.trap, name), 0o666);
    for (const tenant of [this.attacker, this.victim]) engine.good(await tenant.docker("pull", "-q", "debian"));
    engine.good(await this.attacker.docker("run", "-d", "--name", "cell", "debian", "sleep", "100000"));
    this.neighbour = await this.#settle();
    this.#before = await this.#state();
  }

  /** The attacker builds a Dockerfile with files beside it. @returns the stream of progress */
  build(name: string, dockerfile: string, ...files: ArchiveEntry[]) {
    return this.upload("POST", `/build?t=${name}`, archive({ name: "Dockerfile", content: dockerfile }, ...files));
  }

  /**
   * The neighbour and the machine are as they were before the attacks, and drydockd answers.
   * @param told what came back: no secret is in it
   */
  async unharmed(...told: string[]): Promise<void> {
    for (const secret of [this.hostSecret, this.secret]) {
      for (const text of told) assert.ok(!text.includes(secret), `a secret came back: ${text.slice(0, 200)}`);
    }
    assert.ok(this.engine.pid > 0);
    assert.equal(await this.#state(), this.#before);
  }

  /** The neighbour goes about her business: all of it works. */
  async works(): Promise<void> {
    const { good } = this.engine;
    const said = good(await this.victim.docker("exec", this.neighbour.container, "cat", "/data/secret"));
    assert.equal(said, this.secret);
    await this.unharmed();
  }

  /** The neighbour's process on the machine. */
  async pidOf(container: string): Promise<number> {
    const { text } = await this.engine.call("GET", `/containers/${container}/json`, undefined, this.victim.socket);
    return (JSON.parse(text) as { State: { Pid: number } }).State.Pid;
  }

  async dispose(): Promise<void> {
    await this.engine.dispose();
  }

  /** One of everything, with the secret in it. */
  async #settle(): Promise<Neighbour> {
    const { victim, secret } = this;
    const { good } = this.engine;
    const network = good(await victim.docker("network", "create", "vault-net"));
    good(await victim.docker("volume", "create", "vault-data"));
    const container = good(
      await victim.docker(
        ...`run -d --name vault --hostname vault-host --network vault-net -v vault-data:/data`.split(" "),
        ...`-e TOKEN=${secret} --label label=${secret} debian sh -c`.split(" "),
        `echo ${secret} > /data/secret; echo ${secret} > /secret; echo ${secret}; exec sleep 100000`,
      ),
    );
    const image = good(await victim.docker("commit", "vault", "vault-image:1"));
    const made = await this.engine.call(
      "POST",
      `/containers/${container}/exec`,
      { Cmd: ["sleep", secret] },
      victim.socket,
    );
    const { Id: exec } = JSON.parse(made.text) as { Id: string };
    return { container, image, network, volume: "vault-data", exec };
  }

  async #state(): Promise<string> {
    const { socket } = this.victim;
    const ask = async (path: string): Promise<unknown> =>
      JSON.parse((await this.engine.call("GET", path, undefined, socket)).text);
    const { State, RestartCount } = (await ask("/containers/vault/json")) as {
      State: { Pid: number; Status: string; StartedAt: string };
      RestartCount: number;
    };
    const ids = async (path: string) => ((await ask(path)) as { Id: string }[]).map(({ Id }) => Id).toSorted();
    const { Volumes } = (await ask("/volumes")) as { Volumes: { Name: string }[] };
    return JSON.stringify(
      {
        vault: { ...State, RestartCount, secret: readFileSync(`/proc/${State.Pid}/root/secret`, "utf8") },
        containers: await ids("/containers/json?all=1"),
        images: await ids("/images/json?all=1"),
        networks: await ids("/networks"),
        volumes: Volumes.map(({ Name }) => Name).toSorted(),
        kernel: [...kernelSettings, ...globSync("/sys/fs/cgroup/*/release_agent")].map((path) => [
          path,
          readIfThere(path),
        ]),
        files: machineFiles.map((path) => [path, identity(path)]),
        trap: readdirSync(this.trap, { recursive: true, encoding: "utf8" })
          .toSorted()
          .map((name) => [name, identity(join(this.trap, name)), readFileSync(join(this.trap, name), "utf8")]),
      },
      undefined,
      1,
    );
  }
}

/**
 * A stage that is set while the tests of the calling file run, where it can be.
 * @param options.prepare what else is to be there before the first test
 */
export function stageOfThisFile(
  options: ConstructorParameters<typeof Stage>[0] & { prepare?: (stage: Stage) => Promise<void> } = {},
): Stage {
  const stage = new Stage(options);
  if (skip !== false) return stage;
  before(async () => {
    await stage.start().catch((error: unknown) => {
      // The runner tells of the last failed hook only, which may be the one that takes the stage down.
      process.stderr.write(`the stage does not stand: ${String(error)}\n${stage.engine.log}\n`);
      throw error;
    });
    await options.prepare?.(stage);
  });
  after(() => stage.dispose());
  return stage;
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // not of this kernel
  }
}

function identity(path: string): string | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && [stat.ino, stat.size, stat.mtimeMs, stat.mode, stat.uid].join(" ");
}
