import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, before, test } from "node:test";
import { zstdCompressSync } from "node:zlib";
import { dockerClient } from "../../suites/docker-clients.ts";
import { Drydockd, whyNot } from "../../suites/drydockd.ts";

const skip = whyNot() ?? false;
const [first, second] = [new Drydockd({ standIns: ["busybox"] }), new Drydockd()];
const file = join(first.directory, "backup");
const checkout = join(import.meta.dirname, "../../..");
const namesLeftOut = ["uploads", "trash", "new-1", "app/uploads", "log", "pages", "contexts", "metadata.db"];
let client = "";

before(async () => {
  if (skip !== false) return;
  client = await dockerClient();
  await first.start();
});
after(async () => {
  for (const engine of [first, second]) await engine.dispose();
});

/** `./drydock …` of an installation around that engine. */
function command(engine: Drydockd, ...args: string[]) {
  const env = {
    ...process.env,
    DRYDOCK_CHECKOUT: checkout,
    DRYDOCK_SETTINGS: join(engine.directory, "settings.json"),
    DRYDOCK_CONFIG: join(engine.directory, "daemon.json"),
    DRYDOCK_DATA: engine.dataDirectory,
    DRYDOCK_RUN: engine.runDirectory,
    DRYDOCK_WEB_DATA: join(engine.dataDirectory, "web"),
    DRYDOCK_PORT: "18998",
  };
  const main = ["--disable-warning=ExperimentalWarning", join(checkout, "server/cli/main.ts"), ...args];
  return spawnSync(process.execPath, main, { env, encoding: "utf8" });
}

function good({ status, stdout, stderr }: { status: number | null; stdout: string; stderr: string }): string {
  assert.equal(status, 0, stdout + stderr);
  return stdout.trim();
}

function docker(engine: Drydockd, ...args: string[]) {
  const socket = join(engine.runDirectory, "tenants/ada/docker.sock");
  return spawnSync(client, ["-H", `unix://${socket}`, ...args], { encoding: "utf8" });
}

/** A row of the page's database, which another process may be writing to. */
function rows(engine: Drydockd): unknown[] {
  const database = new DatabaseSync(join(engine.dataDirectory, "web/playground.db"));
  try {
    return database.prepare("SELECT name FROM kept").all();
  } finally {
    database.close();
  }
}

/** Who may come into somebody's workspace, and as what. */
function guests(engine: Drydockd): string[] {
  const database = new DatabaseSync(join(engine.dataDirectory, "web/playground.db"));
  try {
    const [members, links] = [
      `SELECT "session" AS "who", "role" FROM "Member"`,
      `SELECT "id", "role" FROM "Invitation"`,
    ];
    const rows = database.prepare(`${members} UNION ALL ${links}`).all();
    return rows.map(({ who, role }) => `${String(who)} ${String(role)}`);
  } finally {
    database.close();
  }
}

test("everything is in one file, made while it runs, and comes back in an empty directory", { skip }, async () => {
  good(command(first, "tenants", "create", "ada", "--memory", "64m"));
  good(docker(first, "pull", "-q", "busybox"));
  good(
    docker(
      first,
      "run",
      "--name",
      "writer",
      "busybox",
      "sh",
      "-c",
      "rm /etc/group; echo mine >/file; chmod 4755 /file",
    ),
  );
  good(docker(first, "commit", "writer", "made:1"));
  good(docker(first, "run", "--rm", "-v", "kept:/v", "busybox", "sh", "-c", "echo data >/v/data; ln /v/data /v/same"));
  good(
    docker(
      first,
      "run",
      "-d",
      "--name",
      "busy",
      "-v",
      "kept:/v",
      "busybox",
      "sh",
      "-c",
      "while :; do date >>/v/now; sleep 0.1; done",
    ),
  );
  writeFileSync(join(first.dataDirectory, "tenants/ada/workspace/Dockerfile"), "FROM busybox\n");
  // As what is left out of a backup is called, but the learner's.
  for (const name of namesLeftOut) {
    mkdirSync(join(first.dataDirectory, "tenants/ada/workspace", name), { recursive: true });
    writeFileSync(join(first.dataDirectory, "tenants/ada/workspace", name, "kept"), name);
  }
  good(command(first, "policy", "set", "class", "devices=on"));
  mkdirSync(join(first.dataDirectory, "web"), { recursive: true });
  const playground = new DatabaseSync(join(first.dataDirectory, "web/playground.db"));
  playground.exec("CREATE TABLE kept (name TEXT PRIMARY KEY); INSERT INTO kept VALUES ('a workspace')");
  const shares = `CREATE TABLE "Snippet" ("id" TEXT PRIMARY KEY, "title" TEXT, "content" TEXT, "createdAt" TEXT);
    INSERT INTO "Snippet" VALUES ('one', 'a site', '{}', '2026-01-01'), ('two', 'a secret', '{}', '2026-01-02')`;
  playground.exec(shares);
  for (const name of readdirSync(join(checkout, "prisma/migrations"))) {
    if (name.startsWith("0002-")) playground.exec(readFileSync(join(checkout, "prisma/migrations", name), "utf8"));
  }
  playground.exec(`INSERT INTO "Member" VALUES ('w', 'stays', 'm1', 'editor', 'Bo', 1), ('w', 'removed', 'm2', 'viewer', 'Cy', 2);
    INSERT INTO "Invitation" VALUES ('w', 'i1', 'editor', 'hash', 1)`);
  playground.close();

  const settings = (engine: Drydockd) => join(engine.directory, "settings.json");
  writeFileSync(settings(first), JSON.stringify({ data: first.dataDirectory, port: 18_998 }));

  const made = command(first, "backup", file);
  good(made);
  assert.equal(made.stderr, "", "nothing to worry about");
  assert.equal(statSync(file).mode & 0o777, 0o600, "for root alone");
  assert.match(command(first, "backup", file).stderr, /is there already/);
  assert.equal(good(docker(first, "inspect", "-f", "{{.State.Running}}", "busy")), "true", "it went on");
  assert.match(command(first, "restore", file).stderr, /Drydock runs: stop it first/);

  const broken = join(first.directory, "broken");
  writeFileSync(broken, readFileSync(file).subarray(0, 50_000));
  assert.match(command(second, "restore", broken).stderr, /is damaged, or cut short: copy it again/);
  const other = join(first.directory, "other");
  for (const bytes of ["not a backup\n", zstdCompressSync("not a backup\n")]) {
    writeFileSync(other, bytes);
    const { stderr } = command(second, "restore", other);
    assert.match(stderr, /other is no backup of Drydock: give a file that 'sudo \.\/drydock backup' wrote$/m);
  }
  const open = good(command(second, "restore", file));
  assert.match(open, /What was shared on \S+ is shared again[^\n]*revoke ID\n {4}two {2}a secret\n {4}one {2}a site\n/);
  assert.match(open, /let in again, also who was removed since: 2 members, 1 invitation\. Owners/);
  assert.deepEqual(guests(second), ["stays editor", "removed viewer", "i1 editor"]);
  assert.match(command(second, "restore", file).stderr, /is not empty: move it away first/);
  // Taken back after the backup, before the restore.
  renameSync(second.dataDirectory, `${second.dataDirectory}.old`);
  const revoked = new DatabaseSync(join(`${second.dataDirectory}.old`, "web/playground.db"));
  revoked.exec(`UPDATE "Snippet" SET "content" = '' WHERE "id" = 'two'`);
  revoked.exec(`DELETE FROM "Member" WHERE "session" = 'removed'; DELETE FROM "Invitation"`);
  revoked.exec(`UPDATE "Member" SET "role" = 'viewer' WHERE "session" = 'stays'`);
  revoked.close();
  const again = good(command(second, "restore", file));
  assert.match(again, /^! two stays revoked: a secret$/m);
  assert.match(again, /^! Still out of others' workspaces, as they were at last: 1 member, 1 invitation$/m);
  assert.doesNotMatch(again, /shared again|let in again/);
  assert.deepEqual(guests(second), ["stays viewer"]);
  assert.deepEqual(rows(second), rows(first));
  const saved = JSON.parse(readFileSync(settings(second), "utf8")) as { data: string; port: number };
  assert.deepEqual([saved.data, saved.port], [second.dataDirectory, 18_998], "of the new place");
  await second.start();
  assert.match(good(command(second, "tenants", "show", "ada")), /^memory +\S+ \S+ +64 MiB$/m);
  assert.match(good(command(second, "policy", "show", "class")), /^\* devices +on$/m);
  const images = ["images", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}"];
  assert.deepEqual(good(docker(second, ...images)), good(docker(first, ...images)));
  assert.equal(good(docker(second, "inspect", "-f", "{{.State.Status}}", "busy")), "exited");
  const look =
    "cat /file /v/data; ls -l /file | cut -c1-10; stat -c %h /v/data; ls /etc/group || echo gone; test -s /v/now";
  const seen = good(docker(second, "run", "--rm", "-v", "kept:/v", "made:1", "sh", "-c", `${look} 2>&1`));
  assert.deepEqual(
    seen.split("\n").filter((line) => !line.startsWith("ls:")),
    ["mine", "data", "-rwsr-xr-x", "2", "gone"],
  );
  good(docker(second, "start", "busy"));
  assert.equal(good(docker(second, "inspect", "-f", "{{.State.Running}}", "busy")), "true");
  const workspace = join(second.dataDirectory, "tenants/ada/workspace");
  assert.equal(readFileSync(join(workspace, "Dockerfile"), "utf8"), "FROM busybox\n");
  for (const name of namesLeftOut) assert.equal(readFileSync(join(workspace, name, "kept"), "utf8"), name);
});

test("without a file, or one that is there, nothing is put in place of what runs", { skip }, () => {
  assert.match(command(second, "backup").stderr, /backup FILE: which file\?\nSee \.\/drydock help backup/);
  assert.match(command(second, "restore", join(first.directory, "none")).stderr, /there is no file/);
});
