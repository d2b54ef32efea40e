import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket } from "ws";
import { engineOfThisFile, whyNot } from "../suites/drydockd.ts";

/* Attach over a websocket, which the CLI does not use: what dockerd 20.10 answered to the same requests. */

const engine = engineOfThisFile({ pull: ["busybox"] });
const skip = whyNot();

/** Sends `typed` as soon as `prompt` has come. @returns all that came, and how it ended: a close's code or a status and its text */
function attach(path: string, typed?: string, prompt = ""): Promise<{ text: string; end: number | string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ text: string; end: number | string }>();
  const socket = new WebSocket(`ws+unix:${engine.socket}:/v1.41/containers/${path}`);
  let text = "";
  let open = typed !== undefined;
  const type = (): void => {
    if (open && text.includes(prompt)) {
      open = false;
      socket.send(typed ?? "");
    }
  };
  socket.on("open", type);
  socket.on("message", (data: Buffer, binary) => {
    assert.ok(binary);
    text += data.toString();
    type();
  });
  socket.on("unexpected-response", (_request, response) => {
    response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    response.on("end", () => resolve({ text, end: `status ${response.statusCode}` }));
  });
  socket.on("close", (code) => resolve({ text, end: code }));
  socket.on("error", reject);
  return promise;
}

async function run(...args: string[]): Promise<void> {
  engine.good(await engine.docker("run", "-d", ...args));
}

test("output and input, the past first, to the program's end", { skip }, async () => {
  await run("-i", "--name", "talk", "busybox", "sh", "-c", "echo out; read x; echo got $x; exit 3");
  const query = "logs=1&stream=1&stdin=1&stdout=1&stderr=1";
  assert.deepEqual(await attach(`talk/attach/ws?${query}`, "hello\n", "out\n"), {
    text: "out\ngot hello\n",
    end: 1000,
  });
  assert.match(engine.good(await engine.docker("wait", "talk")), /^3$/m);
  assert.deepEqual(await attach("talk/attach/ws?logs=1&stdout=1"), { text: "out\ngot hello\n", end: 1000 });
});

test("a terminal echoes, has the size it was given, and is left by its detach keys", { skip }, async () => {
  await run("-it", "--name", "term", "busybox", "sh", "-c", "echo up; read x; stty size; cat");
  const { status } = await engine.call("POST", "/v1.41/containers/term/resize?h=31&w=101");
  assert.equal(status, 200);
  const query = "stream=1&stdin=1&stdout=1&detachKeys=ctrl-a,b";
  const { text, end } = await attach(`term/attach/ws?logs=1&${query}`, "line\r\u0001b", "up");
  assert.match(text, /^up\r\n/);
  assert.equal(end, 1000);
  const size = await attach(`term/attach/ws?logs=1&${query}`, "\u0001b", "31 101\r\n");
  assert.match(size.text, /line\r\n31 101\r\n$/);
  assert.equal(engine.good(await engine.docker("inspect", "-f", "{{.State.Running}}", "term")).trim(), "true");
});

test("what cannot be is told in HTTP", { skip }, async () => {
  await run("--name", "other", "busybox", "true");
  for (const [path, status, words] of [
    ["nothing/attach/ws?stdout=1", 404, "No such container: nothing"],
    ["other/attach/ws?detachKeys=nope", 400, "Invalid detach keys (nope) provided"],
  ] as const) {
    const { text, end } = await attach(path);
    assert.deepEqual([end, JSON.parse(text)], [`status ${status}`, { message: words }]);
  }
});
