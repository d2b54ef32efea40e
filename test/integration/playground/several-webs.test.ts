/** Two webs behind a balancer, with a real Redis and a real PostgreSQL: one playground, of which one web is killed. */
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { BuildEvent } from "../../../server/contract/build-events.ts";
import type { ContainerView, WorkspaceView } from "../../../server/contract/playground-api.ts";
import type { MemberView, NewInvitation } from "../../../server/contract/together.ts";
import { Web, whyNoPages } from "../../abuse/web.ts";
import { Balancer } from "../../suites/balancer.ts";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";
import { PageSocket } from "../../suites/page-socket.ts";
import { patience } from "../../suites/patience.ts";
import { type Service, startPostgres, startRedis, type StoppableService } from "../../suites/services.ts";

/** A browser: its cookie, and what it asks of the balancer. */
class Visitor {
  cookie = "";
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async ask<Answer>(method: string, path: string, body?: object | string): Promise<Answer> {
    const text = typeof body === "string" || body === undefined ? body : JSON.stringify(body);
    const answer = await fetch(`${this.#url}${path}`, {
      method,
      headers: { cookie: this.cookie, origin: this.#url },
      ...(text === undefined ? {} : { body: text }),
    });
    const said = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${said}`);
    this.cookie = answer.headers.get("set-cookie")?.split(";")[0] ?? this.cookie;
    return (said === "" ? undefined : said.startsWith("{") || said.startsWith("[") ? JSON.parse(said) : said) as Answer;
  }
}

describe("several webs", { skip: whyNot() ?? whyNoPages() ?? false }, () => {
  const engine = new Drydockd({ standIns: ["busybox"] });
  const webs = [new Web(), new Web()];
  const services: Service[] = [];
  const sockets: PageSocket[] = [];
  let redis: StoppableService;
  let balancer: Balancer;
  let owner: Visitor;
  let id: string;
  before(async () => {
    const starting = engine.start();
    starting.catch(() => undefined);
    const [postgres, cache] = await Promise.all([startPostgres(), startRedis()]);
    services.push(postgres, cache);
    redis = cache;
    const settings = {
      DRYDOCK_DATABASE_URL: postgres.url,
      DRYDOCK_REDIS_URL: redis.url,
      DRYDOCK_LIVE_WORKSPACES: "2",
      DRYDOCK_WORKSPACES_PER_HOUR: "4",
    };
    // They wait for the engine.
    await Promise.all([starting, ...webs.map((web) => web.start(engine, settings))]);
    balancer = new Balancer(webs.map(({ port }) => port));
    await balancer.listen();
    owner = new Visitor(balancer.url);
    id = (await owner.ask<WorkspaceView>("POST", "/api/workspaces/open", {})).id;
  });
  after(async () => {
    for (const socket of sockets) socket.close();
    balancer?.close();
    await Promise.all(webs.map((web) => web.stop()));
    await engine.dispose();
    await Promise.all(services.map((service) => service.stop()));
  });

  /** A page of the workspace, on the web with that number while that lives. */
  async function open(visitor: Visitor, web: number): Promise<PageSocket> {
    const options = { workspace: id, cookie: visitor.cookie, query: { web: String(web) } };
    const page = new PageSocket(balancer.url, options);
    sockets.push(page);
    await page.connected();
    return page;
  }

  it("know each other's sessions and workspaces, and have one limit for newcomers and one queue", async () => {
    for (let asked = 0; asked < 2; asked++) {
      assert.equal((await owner.ask<WorkspaceView>("POST", "/api/workspaces/open", {})).id, id);
    }
    // The owner's has the first place; of two.
    const opened: WorkspaceView[] = [];
    for (let count = 0; count < 3; count++) {
      opened.push(await new Visitor(balancer.url).ask<WorkspaceView>("POST", "/api/workspaces/open", {}));
    }
    assert.deepEqual(
      opened.map(({ waiting }) => waiting),
      [undefined, 1, 2],
    );
    const late = new Visitor(balancer.url).ask("POST", "/api/workspaces/open", {});
    await assert.rejects(late, /429/, "two were counted here, two there");
  });

  it("show each other's changes to pages that are on different ones", async () => {
    const [here, there] = [await open(owner, 0), await open(owner, 1)];
    assert.ok(
      balancer.given.every((count) => count > 0),
      String(balancer.given),
    );
    const seen = [here, there].map((page) => {
      const found = { files: new Set<string>(), containers: new Set<string>(), build: "" };
      page.follow({ kind: "files", position: 0 }, (changes) => changes.forEach(({ path }) => found.files.add(path)));
      page.follow({ kind: "containers", position: 0 }, (views: ContainerView[]) => {
        for (const { name } of views) found.containers.add(name);
      });
      return found;
    });
    let round = 0;
    // Streams of changes begin when they are open: until both have seen one, another is made.
    await until(async () => {
      await owner.ask("PUT", `/api/w/${id}/file?path=note${round++}`, "text");
      return seen.every(({ files }) => files.size > 0);
    });
    await owner.ask("PUT", `/api/w/${id}/file?path=Dockerfile`, "FROM busybox\nRUN echo built-here\n");
    const build = { contextPath: "", tags: ["app"] };
    const { id: started } = await owner.ask<{ id: string }>("POST", `/api/w/${id}/builds`, build);
    const ends = await Promise.all(
      [here, there].map(
        (page) =>
          new Promise<BuildEvent[]>((resolve) => {
            const events: BuildEvent[] = [];
            const source = { kind: "build", build: started, position: 0 } as const;
            page.follow(
              source,
              (batch) => events.push(...batch),
              () => resolve(events),
            );
          }),
      ),
    );
    assert.match(JSON.stringify(ends[0]), /built-here/);
    assert.deepEqual(ends[0], ends[1]);
    await owner.ask("POST", `/api/w/${id}/containers`, { image: "app", name: "one", cmd: ["sleep", "1000"] });
    await until(() => seen.every(({ files, containers }) => files.has("Dockerfile") && containers.has("one")));
  });

  it("end a removed member's page, whichever it is on", async () => {
    const { token } = await owner.ask<NewInvitation>("POST", `/api/w/${id}/invitations`, { role: "viewer" });
    for (const web of [0, 1]) {
      const guest = new Visitor(balancer.url);
      await guest.ask("POST", "/api/invitations/accept", { token, name: "Eve" });
      const page = await open(guest, web);
      const members = await owner.ask<MemberView[]>("GET", `/api/w/${id}/members`);
      const refused = new Promise<string>((resolve) => {
        page.socket.on("connect_error", ({ message }) => resolve(message));
      });
      await owner.ask("DELETE", `/api/w/${id}/members/${members.find(({ role }) => role === "viewer")?.id}`);
      assert.match(await refused, /no such workspace/);
    }
  });

  it("go on without Redis, and show a removed member nothing more then either", async () => {
    const page = await open(owner, 0);
    const { token } = await owner.ask<NewInvitation>("POST", `/api/w/${id}/invitations`, { role: "editor" });
    const guest = new Visitor(balancer.url);
    await guest.ask("POST", "/api/invitations/accept", { token, name: "Mallory" });
    const theirs = [await open(guest, 0), await open(guest, 1)];
    await redis.kill();
    const members = await owner.ask<MemberView[]>("GET", `/api/w/${id}/members`);
    const refused = theirs.map(
      ({ socket }) => new Promise<string>((resolve) => socket.on("connect_error", ({ message }) => resolve(message))),
    );
    await owner.ask("DELETE", `/api/w/${id}/members/${members.find(({ role }) => role === "editor")?.id}`);
    for (const message of await Promise.all(refused)) assert.match(message, /no such workspace/);
    assert.equal(page.socket.connected, true, "the owner's stays");
    await redis.start();
    const health = async (): Promise<boolean> =>
      (await Promise.all(webs.map((web) => web.ask("/readyz")))).every(({ status }) => status === 200);
    await until(health);
    assert.equal((await owner.ask<WorkspaceView>("POST", "/api/workspaces/open", {})).waiting, undefined);
  });

  it("lose nothing when one of them is killed", async () => {
    const page = await open(owner, 0);
    const terminal = await owner.ask<{ id: string }>("POST", `/api/w/${id}/terminals`, {
      container: "one",
      columns: 80,
      rows: 24,
    });
    let shown = "";
    page.follow({ kind: "terminal", terminal: terminal.id, position: 0 }, (bytes) => {
      shown += Buffer.from(bytes).toString();
    });
    page.input(terminal.id, "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo line-$i-; sleep 0.05; done; echo all-$i\n");
    await until(() => shown.includes("line-3-"));
    await owner.ask("PUT", `/api/w/${id}/file?path=kept`, "before the end");
    await webs[0]?.stop();
    // What is asked for now meets the other one.
    assert.equal(await owner.ask<string>("GET", `/api/w/${id}/file?path=kept`), "before the end");
    await until(() => shown.includes("all-40"));
    const lines = [...shown.matchAll(/^line-(\d+)-\r?$/gm)].map(([, number]) => Number(number));
    assert.deepEqual(
      lines,
      Array.from({ length: 40 }, (_, index) => index + 1),
      "each once, in order",
    );
    await until(() => page.socket.connected);
    page.input(terminal.id, "echo typed-$((20+3))\n");
    await until(() => shown.includes("typed-23"));
    assert.equal((await owner.ask<WorkspaceView>("POST", "/api/workspaces/open", {})).waiting, undefined, "its place");
  });
});

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patience; !(await done()); await sleep(10)) {
    if (Date.now() > end) throw new Error(`${done.toString()} did not become true`);
  }
}
