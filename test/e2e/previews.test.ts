import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import { after, before, describe, it } from "node:test";
import type { Page } from "playwright-core";
import {
  build,
  buildStatus,
  missing,
  openPort,
  ready,
  replaceText,
  runImage,
  startHarness,
  workspaceOf,
} from "./harness.ts";
import type { Harness } from "./harness.ts";

/** Serves a page that opens a websocket, and that websocket: it greets, and tells the length of what it gets. */
const serve = String.raw`CR=$(printf '\r'); key=; path=
read -r _ path _
while read -r name value; do
  value=${"${value%$CR}"}
  case $(echo "$name" | tr A-Z a-z) in sec-websocket-key:) key=$value ;; "$CR") break ;; esac
done
if [ -z "$key" ]; then
  printf 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n'
  echo '<!doctype html><h1>Socket page</h1><p id=said></p><script>
    const socket = new WebSocket("ws://" + location.host + "/chat")
    socket.onmessage = (event) => { said.textContent += event.data + ";"; if (event.data === "hello") socket.send("ping") }
  </script>'
  exit
fi
accept=$(printf '%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11' "$key" | sha1sum | cut -c1-40 | xxd -r -p | base64)
printf 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n' "$accept"
printf '\201\005hello'
got=$(dd bs=1 count=10 2>/dev/null | wc -c)
printf '\201\005got%02d' "$got"
cat >/dev/null
`;
const dockerfile = String.raw`FROM busybox
COPY serve.sh /
EXPOSE 8080
CMD ["busybox", "nc", "-ll", "-p", "8080", "-e", "sh", "/serve.sh"]
`;

describe("previews", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let firstPort: number;
  let first: Page;
  before(async () => {
    firstPort = await freePorts(3);
    const environment = { DRYDOCK_HOST: "0.0.0.0", DRYDOCK_PREVIEW_PORTS: `${firstPort}-${firstPort + 2}` };
    harness = await startHarness(["busybox"], environment);
  });
  after(() => harness.close());

  const start = async (page: Page): Promise<void> => {
    const upload = { name: "serve.sh", mimeType: "text/plain", buffer: Buffer.from(serve) };
    await page.locator("input[type=file][multiple]").setInputFiles(upload);
    await page.getByRole("treeitem", { name: "serve.sh" }).waitFor();
    await replaceText(page, dockerfile);
    await build(page);
    await buildStatus(page, "completed").waitFor();
    await runImage(page);
  };

  it("carry websockets, both ways", async () => {
    first = await harness.open();
    await start(first);
    const preview = await openPort(first, 8080);
    await preview.getByText("hello;got10;").waitFor();
  });

  it("are there to read for who looks on at the workspace, and take nothing from them", async () => {
    const headers = { origin: harness.url };
    const invitations = `${harness.url}/api/w/${await workspaceOf(first)}/invitations`;
    const made = await first.request.post(invitations, { data: { role: "viewer" }, headers });
    const viewer = await (await harness.context()).newPage();
    await viewer.goto(`${harness.url}/join#${((await made.json()) as { token: string }).token}`);
    await viewer.getByLabel("Your name").fill("Vi");
    await viewer.getByRole("button", { name: "Join" }).click();
    await ready(viewer);
    const preview = await openPort(viewer, 8080);
    await preview.getByRole("heading", { name: "Socket page" }).waitFor();
    const refused = await preview.evaluate(async () => {
      const posted = await fetch("/", { method: "POST", body: "x" });
      const socket = new WebSocket(`ws://${location.host}/chat`);
      const opened = await new Promise((resolve) => {
        socket.addEventListener("open", () => resolve(true));
        socket.addEventListener("error", () => resolve(false));
      });
      return { status: posted.status, text: await posted.text(), opened };
    });
    assert.deepEqual([refused.status, refused.opened], [403, false]);
    assert.match(refused.text, /You are here to look/);
    assert.equal(await preview.locator("#said").innerText(), "");
  });

  it("have a port of their own where the page is visited by an address", async () => {
    const address = ownAddress();
    const base = `http://${address}:${harness.port}`;
    const context = await harness.context();
    const page = await context.newPage();
    await page.goto(base);
    await ready(page);
    await start(page);
    const preview = await openPort(page, 8080);
    await preview.getByText("hello;got10;").waitFor();
    assert.equal(new URL(preview.url()).origin, `http://${address}:${firstPort}`);
    // The same one again has the same origin; another browser has nothing there.
    const again = await openPort(page, 8080);
    await again.getByText("Socket page").waitFor();
    assert.equal(new URL(again.url()).origin, `http://${address}:${firstPort}`);
    const stranger = await (await harness.context()).newPage();
    assert.equal((await stranger.goto(preview.url()))?.status(), 403);
    // The page itself is never served there, and its session means nothing to it.
    const pages = await preview.evaluate(async () => (await fetch("/api/status")).text());
    assert.ok(!pages.includes('"engine"'));
    // Pages of containers cannot act on the workspace: their origin is another one.
    const outcome = await preview.evaluate(
      (to) =>
        fetch(to, { method: "POST", body: '{"fresh":true}', credentials: "include", mode: "no-cors" }).then(
          () => "answered",
          () => "refused",
        ),
      `${base}/api/workspaces/open`,
    );
    assert.equal(outcome, "refused");
    const { length } = await page.evaluate(async () => {
      const answer = await fetch("/api/workspaces/open", { method: "POST", body: "{}" });
      return ((await answer.json()) as { all: unknown[] }).all;
    });
    assert.equal(length, 1);
  });
});

/** One of this machine's addresses that is not loopback's; without one, loopback by number is no localhost either. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.1";
}

/** The first of so many in a row that nobody listens on. */
async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = 20_000 + Math.floor(Math.random() * 10_000);
    const servers = Array.from({ length: count }, () => createServer());
    const listening = servers.map((server, index) => once(server.listen(first + index), "listening"));
    const outcomes = await Promise.allSettled(listening);
    for (const server of servers) server.close();
    if (outcomes.every(({ status }) => status === "fulfilled")) return first;
  }
}
