/** Registries with a certificate of an authority of one's own, reached through a proxy: how schools and offices are. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { run } from "../../suites/run.ts";
import { startRegistry, type TestRegistry, whyNoRegistry } from "./registry.ts";

const skip = whyNoRegistry() ?? false;
const keys = mkdtempSync(join(tmpdir(), "drydock-tls-"));
const [name, address] = ["registry.example", "203.0.113.7"];
/** what the proxy was asked for */
const asked: string[] = [];
let registry: TestRegistry;

/** A proxy for whom these are the registry here, and all else out of reach. */
const proxy = createServer((request, response) => {
  asked.push(request.url ?? "");
  response.writeHead(502).end();
});
proxy.on("connect", ({ url = "" }, client, head: Buffer) => {
  asked.push(url);
  client.on("error", () => undefined);
  if (![`${name}:443`, `${address}:443`].includes(url)) {
    client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    return;
  }
  const server = connect(Number(registry.host.split(":")[1]), "127.0.0.1", () => {
    client.write("HTTP/1.1 200 Connection established\r\n\r\n");
    server.write(head);
    server.pipe(client).pipe(server);
  });
  server.on("error", () => client.destroy());
  client.on("close", () => server.destroy());
});

before(async () => {
  if (skip !== false) return;
  const cli = join(import.meta.dirname, "../../../server/cli/main.ts");
  const made = await run(process.execPath, [cli, "tls", "--out", keys, name, address]);
  assert.equal(made.status, 0, made.stderr);
  const [certificate, key] = [join(keys, "server-cert.pem"), join(keys, "server-key.pem")];
  registry = await startRegistry(undefined, [], `, tls: {certificate: ${certificate}, key: ${key}}`);
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
});
after(async () => {
  proxy.closeAllConnections();
  proxy.close();
  await registry?.stop();
  rmSync(keys, { recursive: true, force: true });
});

/** What the transfer printed. */
async function transfer(verb: "push" | "pull" | "learner", image: string, trusts = true): Promise<string> {
  const proxied = `http://localhost:${(proxy.address() as AddressInfo).port}`;
  const env = {
    HTTP_PROXY: proxied,
    HTTPS_PROXY: proxied,
    NO_PROXY: "",
    http_proxy: undefined,
    https_proxy: undefined,
    no_proxy: undefined,
    NODE_EXTRA_CA_CERTS: trusts ? join(keys, "ca.pem") : undefined,
  };
  const script = join(import.meta.dirname, "one-transfer.ts");
  const { stdout, stderr } = await run(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", script, verb, image],
    { env },
  );
  assert.notEqual(stdout, "", stderr);
  return stdout.trim();
}

test("what is pushed to it through the proxy comes back the same", { skip }, async () => {
  const pushed = await transfer("push", `${name}/team/app:1`);
  assert.match(pushed, /^sha256:[0-9a-f]{64}$/);
  assert.equal(await transfer("pull", `${name}/team/app:1`), pushed);
  assert.deepEqual(
    new Set(asked),
    new Set([`${name}:443`]),
    "by the proxy alone, which is not asked for anything else",
  );
});

test("a certificate of an authority that is not trusted is told as that", { skip }, async () => {
  assert.match(await transfer("pull", `${name}/team/app:1`, false), /Unavailable: .*certificate/);
});

test("the proxy is no way for a learner to what is shut without it", { skip }, async () => {
  asked.length = 0;
  for (const host of ["localhost:5000", "127.0.0.1:5000", "10.0.0.5"]) {
    assert.match(await transfer("learner", `${host}/app`), /rule "privateAddresses"/, host);
  }
  assert.deepEqual(asked, []);
  assert.match(await transfer("learner", `${address}/nothing:1`), /NotFound/, "what is of the Internet it is");
  assert.deepEqual(new Set(asked), new Set([`${address}:443`]));
});
