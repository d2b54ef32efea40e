import assert from "node:assert/strict";
import { createServer as createHttpServer, IncomingMessage, request } from "node:http";
import { createServer as createTcpServer, type Server, Socket } from "node:net";
import { after, before, describe, it, mock } from "node:test";
import type { Role } from "../../../server/contract/together.ts";
import { refusals } from "../../../server/playground/http/access.ts";
import { Problem } from "../../../server/playground/http/problem.ts";
import { PreviewGrants } from "../../../server/playground/previews/preview-grants.ts";
import type { PreviewGrant } from "../../../server/playground/previews/preview-grants.ts";
import { PreviewHosts } from "../../../server/playground/previews/preview-host.ts";
import { PreviewProxy, type ResolvePreview } from "../../../server/playground/previews/preview-proxy.ts";
import { PreviewSlots } from "../../../server/playground/previews/preview-slots.ts";
import { Signer } from "../../../server/playground/sessions/signer.ts";

const secret = Buffer.alloc(32, 1);
const container = "0123456789ab".padEnd(64, "c");
const grant: PreviewGrant = { workspace: "w0123456789ab", session: "owner", container, port: 8080 };
const grants = new PreviewGrants(new Signer(secret, "preview-token"), new Signer(secret, "preview-cookie"));

function asking(host: string, cookie = ""): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  Object.assign(request.headers, { host, cookie });
  return request;
}

describe("preview grants", () => {
  it("say what they were made for, by token and by cookie, and are not mistaken for each other", () => {
    assert.deepEqual(grants.fromToken(grants.token(grant)), grant);
    const placed = { ...grant, slot: 9001 };
    assert.deepEqual(grants.fromCookie(grants.cookie(placed)), placed);
    assert.equal(grants.fromCookie(grants.token(grant)), undefined);
    assert.equal(grants.fromToken(grants.cookie(grant)), undefined);
  });

  it("end: a token after a minute, a cookie after twelve hours", () => {
    mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    try {
      const [token, cookie] = [grants.token(grant), grants.cookie(grant)];
      mock.timers.tick(59_000);
      assert.ok(grants.fromToken(token));
      mock.timers.tick(2_000);
      assert.equal(grants.fromToken(token), undefined);
      assert.ok(grants.fromCookie(cookie));
      mock.timers.tick(12 * 3_600_000);
      assert.equal(grants.fromCookie(cookie), undefined);
    } finally {
      mock.timers.reset();
    }
  });
});

describe("names of previews", () => {
  const hosts = new PreviewHosts("pre.example");

  it("tell container and port, beneath localhost and the operator's domain", () => {
    const target = { port: 8080, container: "0123456789ab" };
    assert.deepEqual(hosts.parse(asking("8080-0123456789ab.localhost:80")), target);
    assert.deepEqual(hosts.parse(asking("8080-0123456789AB.pre.example")), target);
    assert.equal(hosts.parse(asking("localhost:80")), undefined);
    for (const name of ["x.localhost", "8080-xyz.localhost", "a.8080-0123456789ab.localhost"]) {
      assert.equal(hosts.parse(asking(name)), "unknown", name);
    }
  });

  it("are made for pages that such a name leads back to", () => {
    const target = { port: 80, container };
    const local = new PreviewHosts(undefined);
    for (const host of ["localhost:8080", "127.0.0.1:8080"]) {
      assert.equal(local.origin(asking(host), target, "http"), "http://80-0123456789ab.localhost:8080");
    }
    assert.equal(local.origin(asking("192.168.1.2:8080"), target, "http"), undefined);
    assert.equal(hosts.origin(asking("dock.example"), target, "https"), "https://80-0123456789ab.pre.example");
  });
});

describe("ports of previews", () => {
  const slots = new PreviewSlots([9001, 9002], grants);
  const cookieFor = (of: PreviewGrant, slot: number): string =>
    `drydock_preview_${slot}=${grants.cookie({ ...of, slot })}`;
  const other = { ...grant, port: 3000 };
  const third = { ...grant, port: 4000 };

  it("are given one by one, and the same again for the same container's port", () => {
    assert.deepEqual(slots.place(asking("10.0.0.1:9000"), grant), {
      grant: { ...grant, slot: 9001 },
      origin: "http://10.0.0.1:9001",
    });
    const cookies = cookieFor(grant, 9001);
    assert.equal(slots.place(asking("10.0.0.1:9000", cookies), other)?.grant.slot, 9002);
    assert.equal(slots.place(asking("10.0.0.1:9000", cookies), grant)?.grant.slot, 9001);
    assert.equal(slots.place(asking("[fe80::1]:9000"), grant)?.origin, "http://[fe80::1]:9001");
  });

  it("take the place of what was opened longest ago when all are in use", () => {
    mock.timers.enable({ apis: ["Date"], now: 1_000_000 });
    try {
      const first = cookieFor(grant, 9002);
      mock.timers.tick(1000);
      const cookies = `${first}; ${cookieFor(other, 9001)}`;
      assert.equal(slots.place(asking("10.0.0.1:9000", cookies), third)?.grant.slot, 9002);
    } finally {
      mock.timers.reset();
    }
  });

  it("are not taken on the word of a forged cookie", () => {
    const forged = cookieFor(other, 9001).replace("~3000~", "~8080~");
    assert.equal(slots.place(asking("10.0.0.1:9000", forged), other)?.grant.slot, 9001);
    assert.equal(new PreviewSlots([], grants).place(asking("10.0.0.1:9000"), grant), undefined);
  });
});

describe("what is asked of a preview", () => {
  const asked: { method: string; least: Role }[] = [];
  let method = "";
  // As for a viewer: there is nothing to see, and whatever is an editor's is refused.
  const resolve: ResolvePreview = (_grant, least) => {
    asked.push({ method, least });
    return Promise.reject(new Problem(least === "viewer" ? 502 : 403, refusals.editor));
  };
  const proxy = new PreviewProxy(grants, resolve, false);
  const target = { container: container.slice(0, 12), port: grant.port };
  const page = createHttpServer((request, response) => void proxy.serve(request, response, target));
  page.on("upgrade", (request: IncomingMessage, socket, head: Buffer) => {
    void proxy.upgrade(request, socket, head, target);
  });
  before(() => new Promise<void>((listening) => page.listen(0, "127.0.0.1", listening)));
  after(() => page.close());

  const ask = (of: string, headers: Record<string, string> = {}, body = ""): Promise<number | undefined> => {
    method = of;
    const cookie = `drydock_preview=${grants.cookie(grant)}`;
    const { promise, resolve: answered, reject } = Promise.withResolvers<number | undefined>();
    const { address: host, port } = addressOf(page);
    const asking = request({ host, port, method: of, headers: { cookie, connection: "close", ...headers } });
    asking.on("response", (answer) => {
      answer.resume();
      answered(answer.statusCode);
    });
    asking.on("error", reject);
    asking.end(body);
    return promise;
  };

  it("is a viewer's where it reads, and an editor's where it may change something", async () => {
    for (const each of ["GET", "HEAD", "OPTIONS"]) assert.equal(await ask(each), 502, each);
    for (const each of ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"]) assert.equal(await ask(each), 403, each);
    const editors = asked.filter(({ least }) => least === "editor").map((each) => each.method);
    assert.deepEqual(editors, ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"]);
  });

  it("is an editor's where something comes with it, which a server may take for another request", async () => {
    for (const each of ["GET", "HEAD", "OPTIONS"]) {
      assert.equal(await ask(each, { "content-length": "5" }, "POST "), 403, each);
      assert.equal(await ask(each, { "transfer-encoding": "chunked" }, "POST "), 403, each);
      assert.equal(await ask(each, { "content-length": "0" }), 502, each);
    }
  });

  it("is an editor's on a socket, of which nobody knows what is said", async () => {
    assert.equal(await ask("GET", { connection: "Upgrade", upgrade: "websocket" }), 403);
  });
});

describe("a port that does not speak HTTP", () => {
  const cases = [
    {
      port: 6379,
      says: "-ERR wrong number of arguments\r\n",
      shows: /answers, but it speaks Redis, not HTTP/,
      client: "redis-cli",
    },
    {
      port: 7000,
      says: "hello, who are you?\n",
      shows: /answers, but it speaks something else than HTTP/,
      client: "sh",
    },
    {
      port: 5432,
      says: "",
      shows: /closes them without an answer. It may speak PostgreSQL/,
      client: "psql -U postgres",
    },
  ];
  for (const { port, says, shows, client } of cases) {
    it(`is explained, with what to type instead: ${client}`, async (t) => {
      const other = createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.once("data", () => socket.end(says));
      });
      const proxy = new PreviewProxy(grants, () => Promise.resolve(addressOf(other)), false);
      const target = { container: container.slice(0, 12), port };
      const page = createHttpServer((request, response) => void proxy.serve(request, response, target));
      for (const server of [other, page]) {
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        t.after(() => server.close());
      }
      const cookie = `drydock_preview=${grants.cookie({ ...grant, port })}`;
      const ask = (language: string) =>
        fetch(`http://127.0.0.1:${addressOf(page).port}/`, {
          headers: { cookie, connection: "close", "accept-language": language },
        });
      const german = await (await ask("de-AT,de;q=0.9,en;q=0.8")).text();
      assert.match(german, /<html lang="de">.*<h1>Hier gibt es nichts zu zeigen<\/h1><p>Port \d+ [^<]*spricht/s);
      const answer = await ask("fr, en;q=0.5");
      const text = await answer.text();
      assert.equal(answer.status, 502);
      assert.match(text, shows);
      assert.ok(text.includes(`<pre>docker exec -it ${container.slice(0, 12)} ${client}</pre>`), text);
    });
  }
});

describe("a container that answers what no server answers", () => {
  const answers = {
    "a status below all": "HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
    "no status": "HTTP/1.1 000 Odd\r\nContent-Length: 0\r\n\r\n",
    "a reason with control characters": "HTTP/1.1 200 O\x01\x1b[2JK\r\nContent-Length: 2\r\n\r\nok",
    "other protocols, unasked": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nraw",
    "two lengths": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "a length and chunks": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "headers of the connection, and cookies of ours":
      "HTTP/1.1 200 OK\r\nConnection: x-secret\r\nx-secret: 1\r\nSet-Cookie: drydock=x\r\nSet-Cookie: a=b; Domain=localhost\r\nContent-Length: 2\r\n\r\nok",
    "headers without end": `HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(50_000)}\r\n`,
    "a trailer, and more after its end": "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n\r\n",
    "early hints without end": "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n".repeat(1_000),
  };
  let answer = "";
  const hostile = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(answer));
  });
  const proxy = new PreviewProxy(grants, () => Promise.resolve(addressOf(hostile)), false);
  const target = { container: container.slice(0, 12), port: grant.port };
  const page = createHttpServer((request, response) => void proxy.serve(request, response, target));
  before(async () => {
    for (const server of [hostile, page]) {
      await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    }
  });
  after(() => {
    hostile.close();
    page.close();
  });

  for (const [what, bytes] of Object.entries(answers)) {
    it(`${what}: the browser is told, or shown no more than there is, and the next is served`, async () => {
      const ask = () =>
        fetch(`http://127.0.0.1:${addressOf(page).port}/`, {
          headers: { cookie: `drydock_preview=${grants.cookie(grant)}`, connection: "close" },
        });
      answer = bytes;
      const shown = await ask();
      if (shown.status === 200) {
        assert.equal(await shown.text(), "ok");
        assert.equal(shown.headers.get("x-secret"), null);
        assert.deepEqual(shown.headers.getSetCookie(), what.includes("cookies") ? ["a=b"] : []);
      } else {
        assert.equal(shown.status, 502);
      }
      answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
      assert.equal(await (await ask()).text(), "ok");
    });
  }
});

function addressOf(server: Server): { address: string; port: number } {
  return server.address() as { address: string; port: number };
}
