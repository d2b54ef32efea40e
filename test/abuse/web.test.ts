/** The page's server, asked by somebody who is not a browser: a neighbour's things, other sites, forged names. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { after, describe, test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { io } from "socket.io-client";
import { type PlaygroundRouteParts, playgroundRoutes } from "../../server/playground/routes/index.ts";
import { anything } from "./route-table.ts";
import { skip as noEngine, stageOfThisFile } from "./stage.ts";
import { type Visitor, Web, whyNoPages } from "./web.ts";

const skip = noEngine === false ? (whyNoPages() ?? false) : noEngine;
const web = new Web();
const stage = stageOfThisFile({ prepare });
const { good } = stage.engine;
let mallory: Visitor;
let vera: Visitor;
let ownContainer = "";
/** of Vera's */
const theirs = { container: "", build: "", terminal: "", snippet: "" };

async function prepare(): Promise<void> {
  if (skip !== false) return;
  await web.start(stage.engine);
  [mallory, vera] = [await web.visitor(), await web.visitor()];
  const made = async (visitor: Visitor, path: string, body: object) => {
    const answer = await visitor.post(path, body);
    assert.ok(answer.status < 300, `${path}: ${answer.status} ${answer.text}`);
    return (JSON.parse(answer.text) as { id: string }).id;
  };
  for (const visitor of [vera, mallory]) {
    const id = await made(visitor, "containers", { image: "debian", name: "mine", cmd: ["sleep", "1000"] });
    if (visitor === vera) theirs.container = id;
    else ownContainer = id;
  }
  const terminal = { container: "mine", cmd: ["sh"], columns: 80, rows: 24 };
  theirs.terminal = await made(vera, "terminals", terminal);
  await vera.ask("file?path=secret.txt", { method: "PUT", body: stage.secret });
  theirs.build = await made(vera, "builds", { contextPath: "", tags: ["x"] });
  theirs.snippet = await made(vera, "snippets", { title: "hers" });
}
after(() => web.stop());

const routes = playgroundRoutes(anything as PlaygroundRouteParts);
const changing = routes.filter(({ method }) => method !== "GET");
const fill = (pattern: string) =>
  pattern
    .replace(":workspace", mallory.id)
    .replace(":container", theirs.container)
    .replace(":build", theirs.build)
    .replace(":terminal", theirs.terminal)
    .replace(":snippet", theirs.snippet)
    .replace(":step", "0")
    .replace(/:\w+/, "name");

describe("a neighbour's things", { skip }, () => {
  const things = /:workspace\/.*:(container|build|terminal|snippet)/;
  for (const { method, pattern } of routes.filter((route) => things.test(route.pattern))) {
    test(`${method} ${pattern}, in the attacker's own workspace`, async () => {
      const body =
        method === "POST"
          ? { body: JSON.stringify({ at: "after", columns: 80, rows: 24, container: "a".repeat(64) }) }
          : {};
      const { status, text } = await mallory.ask(`${fill(pattern).replace(`/api/w/${mallory.id}/`, "")}?path=%2Fx`, {
        method,
        ...body,
      });
      assert.equal(status, 404, text);
      await stage.unharmed(text);
    });
  }

  test("what a neighbour has shared, and her workspace itself, outlast who is not her", async () => {
    assert.equal((await mallory.ask("snippets")).text, "[]");
    for (const path of [`/api/w/${vera.id}`, `/api/w/${vera.id}/snippets/${theirs.snippet}`]) {
      const headers = { cookie: mallory.cookie, origin: web.url };
      assert.equal((await web.ask(path, { method: "DELETE", headers })).status, 404, path);
    }
    assert.equal((await web.ask(`/api/snippets/${theirs.snippet}`)).status, 200);
    assert.match((await vera.ask("snippets")).text, /"title":"hers"/);
    await stage.unharmed();
  });

  test("a workspace that its owner has deleted: for none of her requests, and not made anew by them", async () => {
    const gone = await web.visitor();
    await gone.ask("file?path=a", { method: "PUT", body: "x" });
    const headers = { cookie: gone.cookie, origin: web.url };
    assert.equal((await web.ask(`/api/w/${gone.id}`, { method: "DELETE", headers })).status, 204);
    for (const path of ["files", "networks", "images"]) assert.equal((await gone.ask(path)).status, 404, path);
    assert.doesNotMatch(JSON.stringify(await stage.engine.call("GET", "/drydock/v1/tenants")), new RegExp(gone.id));
  });

  test("a terminal, a container's output and a build on the attacker's own socket", async () => {
    const socket = io(web.url, {
      auth: { workspace: mallory.id, version: 1 },
      extraHeaders: { cookie: mallory.cookie, origin: web.url },
      transports: ["websocket"],
      reconnection: false,
    });
    const heard: unknown[] = [];
    const ended = new Map<string, (value: { message?: string; again: boolean }) => void>();
    socket.on("stream-data", (data) => heard.push(data));
    socket.on("stream-end", (end: { stream: string; message?: string; again: boolean }) =>
      ended.get(end.stream)?.(end),
    );
    const sources = {
      t: { kind: "terminal", terminal: theirs.terminal, position: 0 },
      o: { kind: "output", container: theirs.container, position: 0 },
      b: { kind: "build", build: theirs.build, position: 0 },
      s: { kind: "stats", container: theirs.container, position: 0 },
    };
    await new Promise((resolve, reject) =>
      socket.once("connect", () => resolve(undefined)).once("connect_error", reject),
    );
    for (const [stream, source] of Object.entries(sources)) {
      const end = new Promise<{ message?: string; again: boolean }>((resolve) => ended.set(stream, resolve));
      socket.emit("stream-open", { stream, source });
      const { message, again } = await end;
      assert.match(message ?? "", /[Nn]o such|there is no/, stream);
      assert.equal(again, false);
    }
    const trouble = new Promise<{ message: string }>((resolve) => void socket.once("trouble", resolve));
    socket.emit("terminal-input", { terminal: theirs.terminal, data: "touch /planted\n" });
    assert.match((await trouble).message, /[Nn]o such|there is no/);
    socket.close();
    assert.deepEqual(heard, []);
    const listed = await vera.ask("containers", { method: "POST", body: "{}" });
    assert.equal(listed.status, 400, "hers goes on answering");
    await stage.unharmed();
  });

  test("another's workspace, by its id, with a cookie that is forged, borrowed or doubled", async () => {
    for (const cookie of [
      "",
      "drydock=x",
      `${mallory.cookie}x`,
      `drydock=${vera.id}`,
      `${mallory.cookie}; ${vera.cookie}`,
    ]) {
      const { status, text } = await web.ask(`/api/w/${vera.id}/file?path=secret.txt`, { headers: { cookie } });
      assert.equal(status, 404, cookie);
      await stage.unharmed(text);
    }
    assert.match(vera.id, /^w[0-9a-f]{20}$/, "80 bits that nobody guesses");
  });

  test("a preview of it", async () => {
    const { status } = await mallory.post("previews", { container: theirs.container, port: 80 });
    assert.equal(status, 404);
    const own = await mallory.post("previews", { container: ownContainer, port: 80 });
    const token = new URL((JSON.parse(own.text) as { url: string }).url).searchParams.get("token") ?? "";
    const host = `80-${theirs.container.slice(0, 12)}.localhost:${web.port}`;
    const handed = await web.ask(`/.drydock/open?token=${encodeURIComponent(token)}`, { headers: { host } });
    assert.equal(handed.status, 403);
    for (const cookie of [vera.cookie, mallory.cookie, `drydock-preview=${token}`]) {
      assert.equal((await web.ask("/", { headers: { host, cookie } })).status, 403, cookie);
    }
    await stage.unharmed();
  });

  test("a preview's websocket, opened by pages of other previews and sites", async () => {
    const own = await mallory.post("previews", { container: ownContainer, port: 80 });
    const { searchParams, pathname, host } = new URL((JSON.parse(own.text) as { url: string }).url);
    const handed = await web.ask(`${pathname}?${searchParams}`, { headers: { host } });
    const cookie = handed.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
    assert.match(cookie, /^drydock/);
    const upgrade = {
      host,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    const origins = [
      "http://evil.example",
      "null",
      `http://80-${theirs.container.slice(0, 12)}.localhost:${web.port}`,
      `http://81-${ownContainer.slice(0, 12)}.localhost:${web.port}`,
      web.url,
    ];
    for (const origin of origins) {
      assert.equal((await web.ask("/", { headers: { ...upgrade, cookie, origin } })).status, 403, origin);
    }
    for (const other of ["", mallory.cookie, `${cookie}x`]) {
      const headers = { ...upgrade, cookie: other, origin: `http://${host}` };
      assert.equal((await web.ask("/", { headers })).status, 403, "without the preview's own cookie");
    }
    // Nothing listens there: it is let through as far as that.
    assert.equal((await web.ask("/", { headers: { ...upgrade, cookie, origin: `http://${host}` } })).status, 502);
    await stage.unharmed();
  });
});

describe("other sites", { skip }, () => {
  test("no route that changes something takes a request from elsewhere", async () => {
    assert.ok(changing.length > 15);
    for (const { method, pattern } of changing) {
      for (const headers of [
        { origin: "http://evil.example" },
        { origin: "null" },
        { origin: `http://80-${theirs.container.slice(0, 12)}.localhost:${web.port}` },
      ]) {
        const { status, text } = await web.ask(fill(pattern), {
          method,
          headers: { cookie: mallory.cookie, ...headers },
          body: "{}",
        });
        assert.deepEqual(
          [status, text],
          [403, '{"message":"That request came from another site."}'],
          `${method} ${pattern}`,
        );
      }
    }
    await stage.unharmed();
  });

  test("no route answers under another site's name (DNS rebinding)", async () => {
    for (const { method, pattern } of routes) {
      const host = "evil.example";
      const headers = { cookie: mallory.cookie, host, origin: `http://${host}` };
      const { status } = await web.ask(fill(pattern), { method, headers, ...(method === "GET" ? {} : { body: "{}" }) });
      assert.equal(status, 421, `${method} ${pattern}`);
    }
    await stage.unharmed();
  });

  test("no site opens a socket with a visitor's cookie", async () => {
    const upgrade = {
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
    };
    const path = "/socket.io/?EIO=4&transport=websocket";
    for (const headers of [{ origin: "http://evil.example" }, { origin: web.url, host: "evil.example" }]) {
      const { status } = await web.ask(path, { headers: { cookie: mallory.cookie, ...upgrade, ...headers } });
      assert.equal(status, 400);
    }
    const { status } = await web.ask(path, { headers: { cookie: mallory.cookie, ...upgrade, origin: web.url } });
    assert.equal(status, 101, "the page itself may");
  });

  test("the cookie is for this site's requests alone, and no script sees it", async () => {
    const { headers } = await web.ask("/api/workspaces/open", {
      method: "POST",
      headers: { origin: web.url },
      body: "{}",
    });
    assert.match(headers["set-cookie"]?.[0] ?? "", /; SameSite=(Lax|Strict); HttpOnly/);
    assert.equal(headers["access-control-allow-origin"], undefined);
  });
});

test("an upgrade that is reset before it is answered is no error that nobody caught", { skip }, async () => {
  // The pages' framework keeps the server alive then, and says so.
  for (const path of ["/nothing", "/socket.io/?EIO=4&transport=websocket"]) {
    for (let count = 0; count < 20; count++) {
      const socket = connect(web.port, "127.0.0.1").on("error", () => undefined);
      await once(socket, "connect");
      socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      await nextTurn();
      socket.resetAndDestroy();
    }
  }
  assert.equal((await mallory.ask("files")).status, 200);
  assert.doesNotMatch(web.said, /uncaughtException/);
});

test(
  "an upgrade to nothing is answered and closed, one to another protocol is a request like others",
  { skip },
  async () => {
    const upgrade = { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13" };
    const headers = { connection: "Upgrade", upgrade: "websocket", ...upgrade };
    for (const path of ["/nothing", "/_next/webpack-hmr", "/api/status"]) {
      const answer = await web.ask(path, { headers });
      assert.deepEqual([answer.status, answer.headers.connection], [404, "close"], path);
    }
    const h2c = { connection: "Upgrade, HTTP2-Settings", upgrade: "h2c", "http2-settings": "AAMAAABkAAQAAP__" };
    assert.equal((await web.ask("/api/status", { headers: h2c })).status, 200);
  },
);

describe("what a browser would run", { skip }, () => {
  const script = "</script><script>alert(1)</script><img src=x onerror=alert(1)>";

  test("a file's name and content, in lists and downloads", async () => {
    const name = `${script.replaceAll("/", "")}.html`;
    await mallory.ask(`file?path=${encodeURIComponent(name)}`, { method: "PUT", body: script });
    for (const path of ["files", `file?path=${encodeURIComponent(name)}`, "tar"]) {
      const { headers, status } = await mallory.ask(path);
      assert.equal(status, 200, path);
      assert.doesNotMatch(headers["content-type"] ?? "", /html|svg|xml/);
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.match(String(headers["content-security-policy"]), /sandbox/);
    }
  });

  test("a shared snippet's title, in the page that shows it", async () => {
    const shared = await mallory.post("snippets", { title: script });
    assert.equal(shared.status, 201, shared.text);
    const { id } = JSON.parse(shared.text) as { id: string };
    const { text, headers } = await web.ask(`/s/${id}`);
    assert.ok(
      !text.includes("<script>alert(1)") && !text.includes("<img src=x"),
      "the title is in the page as it was typed",
    );
    assert.match(String(headers["content-security-policy"]), /script-src 'self' 'nonce-[^']+' 'strict-dynamic'/);
  });

  test("a terminal's sequences in labels, file names and messages are no control characters in any answer", async () => {
    const sequences = "\u001b]0;title\u0007\u001b]52;c;c3RvbGVu\u0007\u001b[2J\u009b31m\u202egpj";
    const labels = { note: sequences };
    const made = await mallory.post("containers", {
      image: "debian",
      name: "painted",
      labels,
      cmd: ["true", sequences],
    });
    await mallory.ask(`file?path=${encodeURIComponent(sequences.replaceAll("/", ""))}`, { method: "PUT", body: "x" });
    const told = [
      made,
      await mallory.ask("containers"),
      await mallory.ask("files"),
      await mallory.post("containers", { image: sequences }),
    ];
    for (const { text, headers } of told) {
      assert.match(headers["content-type"] ?? "", /^application\/json/);
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(text, /[\u0000-\u0008\u000b-\u001f\u007f]/);
    }
    await stage.unharmed();
  });

  test("names in messages are text", async () => {
    const { text, headers } = await mallory.post("containers", { image: script });
    assert.match(headers["content-type"] ?? "", /^application\/json/);
    assert.equal(headers["x-content-type-options"], "nosniff");
    assert.ok(text.startsWith("{"), text);
  });

  test("a container's names that are no names are refused", async () => {
    for (const name of [script, "a b", "../x", "\u001b]0;x\u0007"]) {
      assert.equal((await mallory.post("containers", { image: "debian", name })).status, 400, name);
    }
  });
});

describe("what the server itself would have to keep or to do", { skip }, () => {
  test("snippets without end, which are kept for good", async () => {
    const someone = await web.visitor();
    await someone.ask("file?path=note.txt", { method: "PUT", body: "shared" });
    const share = () => someone.post("snippets", { title: "more" });
    const atOnce = (await Promise.all([share(), share(), share()])).map(({ status }) => status);
    assert.deepEqual(
      atOnce.toSorted((a, b) => a - b),
      [201, 429, 429],
    );
    let made = 1;
    for (let answer = await share(); answer.status === 201 && made < 200; answer = await share()) made++;
    assert.equal(made, 100);
    assert.match((await share()).text, /as much as one may here: take something back first/);
    const [newest] = JSON.parse((await someone.ask("snippets")).text) as { id: string }[];
    assert.equal((await someone.ask(`snippets/${newest?.id}`, { method: "DELETE" })).status, 204);
    assert.equal((await share()).status, 201);
  });

  test("addresses that it would send a browser to, elsewhere", async () => {
    for (const path of ["//evil.example/", "//evil.example//", "/\\evil.example/", "/%2f%2fevil.example/"]) {
      const { status, headers } = await web.ask(path);
      assert.ok(status < 500, `${path}: ${status}`);
      const { origin } = new URL(headers.location ?? "/", web.url);
      assert.equal(origin, web.url, `${path} leads to ${headers.location}`);
    }
  });

  test("addresses that are none are answered, and told to nobody's log", async () => {
    const before = web.said;
    for (const [method, path] of [
      ["GET", "//"],
      ["GET", "///"],
      ["GET", "//:x@y:z/"],
      ["OPTIONS", "*"],
      ["GET", "http://evil.example/api/status"],
      ["GET", `http://80-${"0".repeat(12)}.localhost/`],
    ] as const) {
      const { status, headers } = await web.ask(path, { method, headers: { origin: web.url } });
      assert.ok(status < 500, `${path}: ${status}`);
      assert.equal(new URL(headers.location ?? "/", web.url).origin, web.url, `${path} leads to ${headers.location}`);
    }
    assert.equal(web.said, before);
  });

  test("pictures that it is to fetch and make smaller", async () => {
    for (const path of ["/icon.svg", "/s/x/preview.png", "//169.254.169.254/x", "/api/status"]) {
      const { status } = await web.ask(`/_next/image?url=${encodeURIComponent(path)}&w=640&q=75`);
      assert.equal(status, 404, path);
    }
  });
});

describe("the server as a way into the machine's network", { skip }, () => {
  for (const image of [
    "169.254.169.254/x",
    "127.0.0.1:5000/x",
    "localhost:5000/x",
    "[::ffff:127.0.0.1]:5000/x",
    "10.0.0.1/x",
  ]) {
    test(`an image from ${image}`, async () => {
      const { status, text } = await mallory.post("containers", { image });
      assert.ok(status >= 400, `${status} ${text}`);
      assert.match(text, /on the host's own network|must match pattern/);
    });
  }

  test("files outside of the workspace", async () => {
    for (const path of ["../../../../etc/passwd", "/etc/passwd", "..%2f..%2fetc%2fpasswd", "a\0b"]) {
      const { status, text } = await mallory.ask(`file?path=${encodeURIComponent(path)}`);
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
      assert.doesNotMatch(text, /root:/);
    }
    good(await stage.victim.docker("ps"));
  });

  test("a message that is too large", async () => {
    assert.equal(
      (await mallory.ask("containers", { method: "POST", body: `{"image":"${"x".repeat(300_000)}"}` })).status,
      413,
    );
    await stage.unharmed();
  });
});
