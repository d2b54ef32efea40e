import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { composeCommand, findComposeFiles, readComposeFile } from "./compose-file.ts";

const entries = ["sub/compose.yaml", "sub/Dockerfile", "sub/web/Dockerfile", "sub/.env", ".env"].map((path) => ({
  path,
  kind: "file" as const,
}));
const directories = ["sub", "sub/web"].map((path) => ({ path, kind: "directory" as const }));
const place = { path: "sub/compose.yaml", entries: [...directories, ...entries] };
const read = (text: string) => readComposeFile(text, place);

describe("the Compose files of a workspace", () => {
  it("are those that Compose would take, one of each directory, the nearest first", () => {
    const paths = ["b/docker-compose.yml", "docker-compose.yml", "compose.yaml", "b/x/compose.yml", "mycompose.yaml"];
    assert.deepEqual(findComposeFiles(paths), ["compose.yaml", "b/docker-compose.yml", "b/x/compose.yml"]);
  });

  it("tell their services: what of, which ports, whom they need", () => {
    const { services, problems } = read(`
services:
  web:
    build: { context: ./web }
    ports: ["8080:80", 9000]
    depends_on: { store: { condition: service_healthy } }
  store:
    image: redis
  tool:
    build: .
    depends_on: [store]
`);
    assert.deepEqual(problems, []);
    assert.deepEqual(services, [
      { name: "web", build: "./web", ports: ["8080:80", "9000"], dependsOn: ["store"] },
      { name: "store", image: "redis", ports: [], dependsOn: [] },
      { name: "tool", build: ".", ports: [], dependsOn: ["store"] },
    ]);
  });

  const problemsOf = (text: string): string[] =>
    read(text).problems.map(({ message, line }) => `${line ?? "?"}: ${message}`);

  it("say what is wrong with them, and on which line", () => {
    for (const [text, ...expected] of [
      ["", /^\?: It names no services/],
      ["version: '3'", /^\?: It names no services/],
      ["services:\n  web: [1]", /^2: web should have settings/],
      ["services:\n  web:", /^2: web says neither image: nor build:/],
      ["services:\n  web:\n    ports: ['80']", /^2: web says neither image: nor build:/],
      ["services:\n- web", /^1: services should have settings/],
      ["a: b: c", /^1: This is no YAML/, /names no services/, /^1: a stands at the top/],
      ["services:\n  web:\n    image: a\n    image: b", /^4: This is no YAML: Map keys must be unique/],
      ["web:\n  image: a", /^1: web stands at the top, where Compose does not know it\./, /names no services/],
      ["services: &s\n  a: { <<: *t, image: x }", /This is no YAML: Merge sources must be maps/],
    ] as const) {
      const found = problemsOf(text);
      for (const pattern of expected)
        assert.ok(
          found.some((each) => pattern.test(each)),
          `${text}: ${found.join()}`,
        );
    }
  });

  it("tell whom a service needs in vain", () => {
    const found = problemsOf(`services:
  web:
    image: busybox
    depends_on:
      - db
      - cache
  cache:
    image: redis
    depends_on:
      web: { condition: service_started }
      queue: { condition: service_started }
      cache: {}
`);
    assert.deepEqual(found, [
      "5: web depends on db, which is no service of this file.",
      "11: cache depends on queue, which is no service of this file.",
      "12: cache depends on itself, and never starts.",
      "4: These wait for each other, and none ever starts: web → cache → web",
    ]);
  });

  it("tell settings that there are not, ports that are none, and names that stand for nothing", () => {
    const found = problemsOf(`services:
  web:
    image: busybox
    port: ["80:80"]
    ports: ["80:80", eighty, "127.0.0.1:70000:80", "$PORT:80", "[::1]:53:53/udp", 9000-9001]
    networks: [front, default]
    volumes: ["data:/data", "./here:/there", "/anonymous", { type: volume, source: more, target: /x }]
    x-mine: 1
    secrets: [token, { source: given }]
networks: { back: }
secrets: { given: { file: ./x } }
`);
    assert.deepEqual(found, [
      "4: web has the setting port, which Compose does not know (did you mean ports?).",
      "5: The port eighty of web is none: write 8080:80, a port here and the one in the container.",
      "5: The port 127.0.0.1:70000:80 of web is none: write 8080:80, a port here and the one in the container.",
      "6: web uses front, which is not beneath networks: of this file (at the left edge).",
      "7: web uses data, which is not beneath volumes: of this file (at the left edge).",
      "7: web uses more, which is not beneath volumes: of this file (at the left edge).",
      "9: web uses token, which is not beneath secrets: of this file (at the left edge).",
    ]);
  });

  it("tell what services are built from or take variables from, and is not in the workspace", () => {
    const found = problemsOf(`services:
  web:
    build: ./wbe
    env_file: [.env, ../.env, other.env]
  fine:
    build: { context: web, dockerfile: Dockerfile }
    env_file: { path: none.env, required: false }
  other:
    build:
      context: web
      dockerfile: Dockerfile.dev
  elsewhere:
    build: https://example.org/x.git
    env_file: /etc/environment
  above: { build: ../.. , env_file: $FILE }
  own: { build: ., env_file: none.env }
`);
    assert.deepEqual(found, [
      "3: web wants ./wbe (build:), which is not in the workspace.",
      "4: web wants other.env (env_file:), which is not in the workspace.",
      "11: other wants Dockerfile.dev (dockerfile:), which is not in the workspace.",
      "16: own wants none.env (env_file:), which is not in the workspace.",
    ]);
    const linked = { path: "compose.yaml", entries: [{ path: "web", kind: "symlink" as const }] };
    assert.deepEqual(readComposeFile("services: { a: { build: web/x } }", linked).problems, [], "where does it lead?");
  });

  it("are not judged for what another file may say, or what is put in by Compose", () => {
    const more = "  web: { extends: { file: x.yaml, service: y }, depends_on: [db, $NAME] }";
    assert.deepEqual(problemsOf(`include: [db.yaml]\nservices:\n${more}`), []);
    const merged = "x-base: &base { image: busybox }\nservices:\n  a: { <<: *base, depends_on: [b] }\n  b: *base";
    assert.deepEqual(problemsOf(merged), []);
    assert.equal(read(merged).services[0]?.image, "busybox");
  });

  it("bear what nobody would write", () => {
    const bomb = Array.from({ length: 9 }, (_, n) => `x${n}: &x${n} [${n ? `*x${n - 1},`.repeat(9) : "1"}]`).join("\n");
    assert.match(problemsOf(bomb).join(), /Excessive alias count/);
    assert.equal(problemsOf(`services:\n${Array.from({ length: 99 }, (_, n) => `  s${n}:`).join("\n")}`).length, 20);
    assert.deepEqual(problemsOf("services:\n  __proto__: { image: x, depends_on: [toString] }").length, 1);
  });

  it("are named for a shell", () => {
    assert.equal(composeCommand("compose.yaml", "down"), "docker compose -f compose.yaml down");
    assert.equal(composeCommand("a b/it's.yaml", "up"), String.raw`docker compose -f 'a b/it'\''s.yaml' up`);
  });
});
