/** Registries and repositories that were made to do harm to who asks them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import type { Writable } from "node:stream";
import { gzipSync } from "node:zlib";
import { archive } from "../fakes/archives.ts";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
// The operator lets everybody ask registries on this machine: what they answer is nobody's word.
stage.engine.configure({ "insecure-registries": ["127.0.0.1"] });

type Answer = (request: IncomingMessage, response: ServerResponse) => void;
const digestOf = (bytes: string | Buffer) => `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

/** What is asked of the hostile registry, and of the server beside it. */
const asked: { host: string; method: string; path: string; authorization: string | undefined }[] = [];
let answer: Answer = (_request, response) => response.end();
const servers: Server[] = [];
let [registry, other] = ["", ""];

before(async () => {
  if (skip !== false) return;
  const hosts = ["registry", "other"].map(async (name) => {
    const server = createServer((request, response) => {
      const { method = "", url = "", headers } = request;
      asked.push({ host: name, method, path: url, authorization: headers.authorization });
      response.on("error", () => undefined);
      request.resume();
      if (name === "other") response.end("not yours");
      else answer(request, response);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  [registry = "", other = ""] = await Promise.all(hosts);
});
after(() => {
  for (const server of servers) {
    server.close();
    server.closeAllConnections();
  }
});

/** The parts of an image that a registry shows. */
function image(edit: { config?: object; manifest?: object; content?: string; diffIds?: string[] } = {}) {
  const tar = archive({ name: "file", content: edit.content ?? "content" });
  const layer = gzipSync(tar);
  const config = Buffer.from(
    JSON.stringify({
      architecture: process.arch === "arm64" ? "arm64" : "amd64",
      os: "linux",
      config: {},
      rootfs: { type: "layers", diff_ids: edit.diffIds ?? [digestOf(tar)] },
      ...edit.config,
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.manifest.v1+json",
      config: {
        mediaType: "application/vnd.oci.image.config.v1+json",
        digest: digestOf(config),
        size: config.length,
      },
      layers: [
        {
          mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
          digest: digestOf(layer),
          size: layer.length,
        },
      ],
      ...edit.manifest,
    }),
  );
  return { layer, config, manifest };
}

/** Serves the parts, but for what `instead` answers. */
function serve(
  parts: { layer: Buffer; config: Buffer; manifest: Buffer },
  instead: (path: string, response: ServerResponse, request: IncomingMessage) => boolean = () => false,
): Answer {
  return (request, response) => {
    const path = request.url ?? "";
    if (instead(path, response, request)) return;
    const { layer, config, manifest } = parts;
    const found = path.includes("/manifests/")
      ? manifest
      : [layer, config].find((blob) => path.endsWith(digestOf(blob)));
    if (found === undefined && path !== "/v2/") response.writeHead(404);
    response.end(found);
  };
}

/** Sends without end, as fast as it is read. */
function endless(to: Writable, piece: Buffer | string = Buffer.alloc(1 << 16, " ")): void {
  const more = (): void => {
    while (!to.destroyed && to.write(piece));
  };
  to.on("drain", more);
  more();
}

let pulls = 0;
async function pull(credentials?: object): Promise<string> {
  const from = encodeURIComponent(`${registry}/evil`);
  const path = `/images/create?fromImage=${from}&tag=${++pulls}`;
  if (credentials === undefined) return (await stage.api("POST", path)).text;
  const auth = Buffer.from(JSON.stringify({ ...credentials, serveraddress: registry })).toString("base64url");
  return new Promise((resolve, reject) => {
    const headers = { "X-Registry-Auth": auth };
    const outgoing = request({ socketPath: stage.attacker.socket, method: "POST", path, headers }, (incoming) => {
      let text = "";
      incoming.on("data", (chunk: Buffer) => (text += chunk.toString()));
      incoming.on("end", () => resolve(text));
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

const memoryOf = (pid: number) =>
  Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;

/** It is refused, in words that fit; nothing of it is kept; drydockd has not grown by it. */
async function refused(hostile: Answer, words: RegExp): Promise<void> {
  const before = memoryOf(stage.engine.pid);
  answer = hostile;
  const text = await pull();
  assert.match(text, /"error"|"message"/, text.slice(-300));
  assert.match(text, words);
  const { status } = await stage.api("GET", `/images/${registry}/evil:${pulls}/json`);
  assert.equal(status, 404, "it was pulled");
  const grown = memoryOf(stage.engine.pid) - before;
  assert.ok(grown < 200 * 2 ** 20, `${Math.round(grown / 2 ** 20)} MiB more`);
  await stage.unharmed(text);
}

describe("a registry that lies", { skip }, () => {
  test("tells the truth first: its image is pulled", async () => {
    answer = serve(image());
    assert.match(await pull(), /Downloaded newer image/);
  });

  const lies: Record<string, [Answer, RegExp]> = {
    "another config than its digest says": [
      serve(image({ content: "config" }), (path, response) => {
        const { config } = image({ content: "config" });
        const lie = path.endsWith(digestOf(config));
        if (lie) response.end(config.toString().replace("linux", "linuy"));
        return lie;
      }),
      /digest|something else/,
    ],
  };
  const parts = image({ content: "another" });
  const isLayer = (path: string) => path.endsWith(digestOf(parts.layer));
  lies["another layer than its digest says"] = [
    serve(parts, (path, response) => {
      if (isLayer(path)) response.end(Buffer.alloc(parts.layer.length, "x"));
      return isLayer(path);
    }),
    /digest|not what/,
  ];
  lies["a layer that does not unpack to what the config says"] = [
    serve(image({ content: "third", diffIds: [digestOf("elsewhere")] })),
    /digest|diffID|does not unpack/,
  ];
  lies["a layer without end"] = [
    serve(parts, (path, response) => {
      if (isLayer(path)) endless(response);
      return isLayer(path);
    }),
    /verification failed for digest/,
  ];
  lies["a manifest without end"] = [
    serve(parts, (path, response) => {
      if (path.includes("/manifests/")) endless(response);
      return path.includes("/manifests/");
    }),
    /too large: at most \d+ bytes/,
  ];
  lies["an error without end"] = [
    serve(parts, (path, response) => {
      if (!path.includes("/manifests/")) return false;
      response.writeHead(403);
      endless(response, '{"errors":[{"code":"DENIED","message":"no"}]}');
      return true;
    }),
    /./,
  ];
  lies["headers without end"] = [
    serve(parts, (path, response) => {
      if (!path.includes("/manifests/")) return false;
      const { socket } = response;
      if (socket === null) return true;
      socket.on("error", () => undefined).write("HTTP/1.1 200 OK\r\n");
      endless(socket, `x: ${"y".repeat(1000)}\r\n`);
      return true;
    }),
    /[Hh]eader|Parse Error|malformed/,
  ];
  const manifests: Record<string, [Buffer, RegExp]> = {
    "a hundred thousand layers": [
      image({
        manifest: {
          layers: Array.from({ length: 20_000 }, () => ({ mediaType: "x", digest: digestOf(""), size: 1 })),
        },
      }).manifest,
      /max depth exceeded|too large/,
    ],
    "a layer of more bytes than there are": [
      image({ manifest: { layers: [{ mediaType: "x", digest: digestOf(""), size: 2 ** 53 }] } }).manifest,
      /invalid/,
    ],
    "a layer of terabytes": [
      image({
        content: "another",
        manifest: { layers: [{ mediaType: "x", digest: digestOf("no"), size: 2 ** 45 }] },
      }).manifest,
      /no space|room|not found|manifest unknown|404|limit|too large|MANIFEST|unknown/i,
    ],
    "a digest that is a path": [
      image({ manifest: { layers: [{ mediaType: "x", digest: "sha256:../../../../etc/passwd", size: 1 }] } }).manifest,
      /expected sha256/,
    ],
    "JSON a hundred thousand levels deep": [Buffer.from("[".repeat(100_000)), /not valid JSON|nested/],
    "the fields of an index, too": [image({ manifest: { manifests: [] } }).manifest, /ambiguous|invalid/],
    "an index of itself": [Buffer.from(JSON.stringify({ schemaVersion: 2, manifests: [] })), /no matching manifest/],
    "compressed nothing, which says that it is a manifest": [gzipSync(Buffer.alloc(2 ** 24)), /not valid JSON/],
  };
  for (const [what, [manifest, words]] of Object.entries(manifests)) {
    lies[`a manifest with ${what}`] = [
      serve({ ...parts, manifest }, (path, response) => {
        const gzip = what.startsWith("compressed") && path.includes("/manifests/");
        if (gzip) response.writeHead(200, { "content-encoding": "gzip" }).end(manifest);
        return gzip;
      }),
      words,
    ];
  }
  const polluted = (text: string) =>
    Buffer.from(text.replace('"KEY"', '"__proto__"').replace('"KEY2"', '"constructor"'));
  for (const [what, [hostile, words]] of Object.entries(lies)) {
    test(what, () => refused(hostile, words));
  }

  test("keys that every object of JavaScript has", async () => {
    const made = image({
      config: { config: { Labels: { KEY: "x", KEY2: "y" }, ExposedPorts: { KEY: {} }, Volumes: {} } },
    });
    const config = polluted(made.config.toString());
    const manifest = Buffer.from(
      made.manifest
        .toString()
        .replaceAll(digestOf(made.config), digestOf(config))
        .replace(`"size":${made.config.length}`, `"size":${config.length}`),
    );
    answer = serve({ layer: made.layer, config, manifest });
    const text = await pull();
    assert.doesNotMatch(text, /Internal|TypeError/);
    // Whatever became of it, nothing else has new properties.
    const { text: info } = await stage.api("GET", "/info");
    assert.equal((JSON.parse(info) as { polluted?: string }).polluted, undefined);
    await stage.unharmed(text, info);
  });
});

describe("a registry that leads elsewhere", { skip }, () => {
  const credentials = { username: "mallory", password: "hunter2" };
  const redirecting = (location: () => string): Answer =>
    serve(image(), (path, response) => {
      if (path === "/v2/") return false;
      response.writeHead(307, { location: location() }).end();
      return true;
    });

  test("in a circle, and to what is no web", async () => {
    await refused(
      redirecting(() => `http://${registry}/v2/evil/manifests/again`),
      /redirects more than/,
    );
    for (const place of ["file:///etc/passwd", "gopher://127.0.0.1/", "ftp://127.0.0.1/x", "http://"]) {
      await refused(
        redirecting(() => place),
        /unsafe place|only http and https|redirects/,
      );
    }
  });

  test("to another server: the credentials do not go along", async () => {
    asked.length = 0;
    answer = serve(image(), (path, response, request) => {
      if (path === "/v2/") return false;
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end();
        return true;
      }
      response.writeHead(307, { location: `http://${other}${path}` }).end();
      return true;
    });
    assert.match(await pull(credentials), /"error"|"message"/);
    const elsewhere = asked.filter(({ host }) => host === "other");
    assert.ok(elsewhere.length > 0, "it was led there");
    assert.deepEqual([...new Set(elsewhere.map(({ authorization }) => authorization))], [undefined]);
    assert.ok(asked.some(({ host, authorization }) => host === "registry" && authorization !== undefined));
    await stage.unharmed();
  });

  test("for a token, to what is no web, or has none, or never ends", async () => {
    const wanting = (realm: string, then: Answer = (_request, response) => response.end("{}")): Answer =>
      serve(image(), (path, response, request) => {
        if (path.startsWith("/token")) then(request, response);
        else response.writeHead(401, { "www-authenticate": `Bearer realm="${realm}",service="x"` }).end();
        return true;
      });
    for (const realm of ["file:///etc/shadow", "unix:///run/drydock/drydock.sock", "", "//", "ftp://127.0.0.1/"]) {
      await refused(wanting(realm), /authorization server/);
    }
    const own = `http://${registry}/token`;
    await refused(wanting(own), /did not include a token/);
    await refused(
      wanting(own, (_request, response) => endless(response)),
      /more than \d+ bytes|too large/,
    );
    await refused(
      wanting(own, (_request, response) => response.writeHead(302, { location: `http://${other}/` }).end()),
      /answers with a redirect/,
    );
    const injected = JSON.stringify({ token: "a\r\nX-Evil: 1" });
    await refused(
      wanting(own, (_request, response) => response.end(injected)),
      /did not include a token/,
    );
  });

  test("a push, to another server: neither credentials nor a second host's word", async () => {
    const { good } = stage.engine;
    good(await stage.attacker.docker("tag", "debian", `${registry}/mine:1`));
    asked.length = 0;
    answer = (request, response) => {
      const { method, url = "" } = request;
      if (method === "POST") response.writeHead(202, { location: `http://${other}/upload` }).end();
      else if (url === "/v2/") response.end();
      else response.writeHead(404).end();
    };
    const { text } = await stage.api("POST", `/images/${encodeURIComponent(`${registry}/mine`)}/push?tag=1`, {});
    assert.match(text, /"error"|"message"/);
    const elsewhere = asked.filter(({ host }) => host === "other");
    assert.deepEqual(
      elsewhere.filter(({ authorization }) => authorization !== undefined),
      [],
    );
    await stage.unharmed(text);
  });
});

describe("a repository that is none", { skip }, () => {
  const traces = () => existsSync(join(stage.trap, "pwned"));
  const addresses = [
    "ext::sh -c touch% TRAP/pwned",
    "file:///etc",
    "file:///etc/.git",
    "--upload-pack=touch TRAP/pwned",
    "git://--upload-pack=touch/x.git",
    "ssh://-oProxyCommand=touch TRAP/pwned/x.git",
    "git@-oProxyCommand=x:y.git",
    "http://127.0.0.1:1/x.git#--upload-pack=touch TRAP/pwned",
    "http://127.0.0.1:1/x.git?ref=--upload-pack",
    "http://169.254.169.254/x.git",
    "https://u:p@127.0.0.1:1/x.git#:../../../../etc",
    "git://127.0.0.1/x.git#main:../../..",
  ];
  for (const address of addresses) {
    test(`as a context: ${address}`, async () => {
      const remote = encodeURIComponent(address.replace("TRAP", stage.trap));
      const { status, text } = await stage.api("POST", `/build?remote=${remote}`);
      assert.ok(status >= 400 || /"error"/.test(text), text);
      assert.equal(traces(), false);
      await stage.unharmed(text);
    });
  }

  test("to ADD", async () => {
    for (const address of addresses) {
      const { status, text } = await stage.build(
        "add",
        `FROM debian\nADD ["${address.replace("TRAP", stage.trap)}", "/x/"]\n`,
      );
      assert.ok(status >= 400 || /"error"/.test(text), `${address}: ${text}`);
      await stage.unharmed(text);
    }
    assert.equal(traces(), false);
  });
});
