import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { composeCommand, findComposeFiles, readComposeFile } from "../../../app/components/compose/compose-file.ts";

describe("the Compose files of a workspace", () => {
  it("are those that Compose would take, one of each directory, the nearest first", () => {
    const paths = ["b/docker-compose.yml", "docker-compose.yml", "compose.yaml", "b/x/compose.yml", "mycompose.yaml"];
    assert.deepEqual(findComposeFiles(paths), ["compose.yaml", "b/docker-compose.yml", "b/x/compose.yml"]);
  });

  it("tell their services: what of, which ports, whom they need", () => {
    const services = readComposeFile(`
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
    assert.deepEqual(services, [
      { name: "web", build: "./web", ports: ["8080:80", "9000"], dependsOn: ["store"] },
      { name: "store", image: "redis", ports: [], dependsOn: [] },
      { name: "tool", build: ".", ports: [], dependsOn: ["store"] },
    ]);
  });

  it("say what is wrong with them", () => {
    assert.throws(() => readComposeFile("version: '3'"), /services/);
    assert.throws(() => readComposeFile("services:\n  web: [1]"), /services\.web/);
    assert.throws(() => readComposeFile("a: b: c"), /./);
  });

  it("are named for a shell", () => {
    assert.equal(composeCommand("compose.yaml", "down"), "docker compose -f compose.yaml down");
    assert.equal(composeCommand("a b/it's.yaml", "up"), String.raw`docker compose -f 'a b/it'\''s.yaml' up`);
  });
});
