import { randomUUID } from "node:crypto";
import { type Answer, send } from "./http.ts";
import { tar } from "./tar.ts";

/** What is known of an object: `unknown` while a call about it is under way or was cut off. */
type Knowledge = "present" | "absent" | "unknown";

export interface Expectation {
  kind: "container" | "image" | "volume" | "network" | "tenant";
  /** path of its inspection */
  path: string;
  state: Knowledge;
}

/**
 * Clients that create, start, stop, remove, build, commit and so on without pause until drydockd is killed under them.
 * They remember what was answered: that must hold afterwards.
 */
export class Churn {
  readonly #socket: string;
  readonly #expectations = new Map<string, Expectation>();
  /** answers that nobody should get */
  readonly surprises: string[] = [];
  #stopped = false;
  #running: Promise<void>[] = [];

  readonly #pulled: string | undefined;

  /** @param pulled an image of a registry, to be pulled again and again; undefined is without */
  constructor(socket: string, pulled?: string) {
    this.#socket = socket;
    this.#pulled = pulled;
  }

  begin(): void {
    this.#stopped = false;
    const loops = [
      () => this.#containers(),
      () => this.#containers(),
      () => this.#builds(),
      () => this.#commits(),
      () => this.#execs(),
      () => this.#smallThings(),
      () => this.#tenants(),
      ...(this.#pulled === undefined ? [] : [() => this.#pulls(this.#pulled ?? "")]),
    ];
    this.#running = loops.map((loop) => this.#forever(loop));
  }

  /** After the kill: all calls have come back. What was found is the caller's to check. */
  async end(): Promise<Expectation[]> {
    this.#stopped = true;
    await Promise.all(this.#running);
    return [...this.#expectations.values()];
  }

  /** Starts the next round with a clean slate. */
  forget(): void {
    this.#expectations.clear();
  }

  async #forever(loop: () => Promise<void>): Promise<void> {
    while (!this.#stopped) {
      try {
        await loop();
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (!["ECONNRESET", "ECONNREFUSED", "EPIPE", "ENOENT"].includes(code ?? "") && message !== "aborted") {
          this.surprises.push(String(error));
        }
        return; // drydockd has gone
      }
    }
  }

  async #containers(): Promise<void> {
    const name = `c-${randomUUID().slice(0, 8)}`;
    const path = `/v1.41/containers/${name}/json`;
    await this.#step({ kind: "container", path }, "present", () =>
      this.#post(`/v1.41/containers/create?name=${name}`, {
        Image: "busybox",
        Cmd: ["sh", "-c", "echo from $HOSTNAME; sleep 1000"],
        HostConfig: { PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1" }] }, Binds: [`vol-${name}:/data`] },
      }),
    );
    await this.#post(`/v1.41/containers/${name}/start`);
    await this.#post(`/v1.41/containers/${name}/stop?t=0`);
    await this.#step({ kind: "container", path }, "absent", () =>
      send(this.#socket, `/v1.41/containers/${name}?force=1`, { method: "DELETE" }).then((answer) =>
        this.#check(answer),
      ),
    );
    await this.#delete("volume", `/v1.41/volumes/vol-${name}`);
  }

  async #builds(): Promise<void> {
    const name = `b-${randomUUID().slice(0, 8)}`;
    const dockerfile = `FROM busybox\nRUN echo ${name} >/file; head -c 300000 /dev/urandom >/data\nRUN cat /file\n`;
    await this.#step({ kind: "image", path: `/v1.41/images/${name}:latest/json` }, "present", async () => {
      const answer = this.#check(
        await send(this.#socket, `/v1.41/build?t=${name}`, {
          method: "POST",
          headers: { "Content-Type": "application/x-tar" },
          body: tar([{ name: "Dockerfile", content: dockerfile }]),
        }),
      );
      if (answer.text.includes('"error"')) this.surprises.push(answer.text);
      return answer;
    });
    await this.#delete("image", `/v1.41/images/${name}:latest`, `/v1.41/images/${name}:latest/json`);
  }

  async #commits(): Promise<void> {
    const name = `k-${randomUUID().slice(0, 8)}`;
    await this.#step({ kind: "image", path: `/v1.41/images/${name}:latest/json` }, "present", () =>
      this.#post(`/v1.41/commit?container=kept&repo=${name}`, {}),
    );
    await this.#delete("image", `/v1.41/images/${name}:latest`, `/v1.41/images/${name}:latest/json`);
  }

  async #execs(): Promise<void> {
    const { text } = await this.#post("/v1.41/containers/steady/exec", { Cmd: ["echo", "hi"], AttachStdout: true });
    const { Id } = JSON.parse(text) as { Id: string };
    await this.#post(`/v1.41/exec/${Id}/start`, { Detach: false, Tty: false });
  }

  async #smallThings(): Promise<void> {
    const name = `s-${randomUUID().slice(0, 8)}`;
    await this.#step({ kind: "volume", path: `/v1.41/volumes/${name}` }, "present", () =>
      this.#post("/v1.41/volumes/create", { Name: name }),
    );
    await this.#step({ kind: "network", path: `/v1.41/networks/${name}` }, "present", () =>
      this.#post("/v1.41/networks/create", { Name: name, CheckDuplicate: true }),
    );
    await this.#step({ kind: "image", path: `/v1.41/images/${name}:1/json` }, "present", () =>
      this.#post(`/v1.41/images/busybox/tag?repo=${name}&tag=1`),
    );
    await this.#delete("image", `/v1.41/images/${name}:1`, `/v1.41/images/${name}:1/json`);
    await this.#delete("network", `/v1.41/networks/${name}`);
    await this.#delete("volume", `/v1.41/volumes/${name}`);
  }

  async #tenants(): Promise<void> {
    const id = `t-${randomUUID().slice(0, 8)}`;
    const path = `/drydock/v1/tenants/${id}`;
    await this.#step({ kind: "tenant", path }, "present", () =>
      this.#post("/drydock/v1/tenants", { id, policy: "class" }),
    );
    await this.#delete("tenant", path);
  }

  async #pulls(name: string): Promise<void> {
    const path = `/v1.41/images/${name}/json`;
    await this.#step({ kind: "image", path }, "present", async () => {
      const answer = await this.#post(`/v1.41/images/create?fromImage=${encodeURIComponent(name)}`);
      if (answer.text.includes('"error"')) this.surprises.push(answer.text);
      return answer;
    });
    await this.#delete("image", `/v1.41/images/${name}`, path);
  }

  async #delete(kind: Expectation["kind"], path: string, inspection = path): Promise<void> {
    await this.#step({ kind, path: inspection }, "absent", () =>
      send(this.#socket, path, { method: "DELETE" }).then((answer) => this.#check(answer)),
    );
  }

  /** A call that makes or removes something: until it is answered nobody knows which. */
  async #step(
    what: Pick<Expectation, "kind" | "path">,
    state: "present" | "absent",
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    this.#expectations.set(what.path, { ...what, state: "unknown" });
    const answer = await call();
    this.#expectations.set(what.path, { ...what, state });
    return answer;
  }

  async #post(path: string, body?: unknown): Promise<Answer> {
    return this.#check(
      await send(this.#socket, path, {
        method: "POST",
        ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } }),
      }),
    );
  }

  #check(answer: Answer): Answer {
    if (answer.status >= 400) {
      this.surprises.push(`${answer.status} ${answer.text}`);
    }
    return answer;
  }
}
