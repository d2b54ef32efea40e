import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container } from "../../../server/engine/containers/container.ts";
import { linkEnvironment, linksOf, linkTargets } from "../../../server/engine/containers/links.ts";

function container(name: string, parts: { ports?: string[]; env?: string[]; pid?: number; linked?: object[] } = {}) {
  const { ports = [], env = [], pid = 1, linked = [] } = parts;
  const made = { id: `${name}-id`, name, pid, config: { exposedPorts: ports, env }, host: { linked } };
  return made as unknown as Container;
}

test("a link is a name, or a name and an alias", () => {
  assert.deepEqual(linksOf(["db", "web:www", "/a:/b/c"]), { db: "db", www: "web", c: "a" });
  assert.deepEqual(linksOf(["db:x", "web:x", "a:"]), { x: "db" });
});

test("variables tell of each port, TCP first, and of the other's environment but HOME and PATH", () => {
  const db = container("db", { ports: ["53/udp", "80/tcp"], env: ["A=1", "PATH=/bin", "HOME=/root", "B=x=y", "C"] });
  assert.deepEqual(linkEnvironment("web", { alias: "my-db", container: db, address: "172.17.0.2" }), [
    "MY_DB_PORT=udp://172.17.0.2:53",
    "MY_DB_PORT_80_TCP=tcp://172.17.0.2:80",
    "MY_DB_PORT_80_TCP_ADDR=172.17.0.2",
    "MY_DB_PORT_80_TCP_PORT=80",
    "MY_DB_PORT_80_TCP_PROTO=tcp",
    "MY_DB_PORT_53_UDP=udp://172.17.0.2:53",
    "MY_DB_PORT_53_UDP_ADDR=172.17.0.2",
    "MY_DB_PORT_53_UDP_PORT=53",
    "MY_DB_PORT_53_UDP_PROTO=udp",
    "MY_DB_NAME=/web/my-db",
    "MY_DB_ENV_A=1",
    "MY_DB_ENV_B=x=y",
  ]);
});

test("ports that follow each other are told of as a range, too", () => {
  const db = container("db", { ports: ["7002/tcp", "7000/tcp", "7001/tcp", "9000/tcp"] });
  const variables = linkEnvironment("web", { alias: "db", container: db, address: "10.0.0.2" });
  assert.deepEqual(
    variables.filter((variable) => /_(?:START|END)=/.test(variable)),
    [
      "DB_PORT_7000_TCP_START=tcp://10.0.0.2:7000",
      "DB_PORT_7000_TCP_PORT_START=7000",
      "DB_PORT_7002_TCP_END=tcp://10.0.0.2:7002",
      "DB_PORT_7002_TCP_PORT_END=7002",
    ],
  );
});

test("a link leads to the same container by any name, and to none that does not run", () => {
  const web = container("web", { linked: [{ id: "db-id", name: "old", alias: "d" }] });
  const table = (...all: Container[]) => ({ all: () => all.map((record) => ({ record })) as never });
  assert.deepEqual(
    linkTargets(web, table(container("db"))).map(([alias, { name }]) => [alias, name]),
    [["d", "db"]],
  );
  assert.throws(() => linkTargets(web, table(container("db", { pid: 0 }))), {
    message: "Cannot link to a non running container: /db AS /web/d",
  });
  assert.throws(() => linkTargets(web, table()), {
    message: "Cannot link to a non running container: /old AS /web/d",
  });
});
