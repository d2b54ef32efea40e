import assert from "node:assert/strict";
import { existsSync, lstatSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import type { NewBuildEvent } from "#contract/build-events.ts";
import { GitServer } from "./git-server.ts";
import { Machine, whyNot } from "./machine.ts";

describe("ADD of Git repositories", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  const server = new GitServer(machine);
  const commits: string[] = [];
  let http = "";

  before(async () => {
    await machine.start();
    await machine.addBusybox();
    await server.start();
    http = `http://${server.address}`;
    server.git("library", "init", "--quiet", "--initial-branch=main");
    server.commit("library", { shared: "library" });
    server.git("repo", "init", "--quiet", "--initial-branch=main");
    commits.push(
      server.commit("repo", { a: "one", "run.sh": "#!/bin/sh", "sub/b": "b", "sub/deep/c": "c", link: "-> /no/where" }),
    );
    server.git("repo", "tag", "v1");
    server.git("repo", "tag", "--annotate", "--message", "annotated", "v1.0");
    server.git("repo", "checkout", "--quiet", "-b", "next");
    commits.push(server.commit("repo", { a: "two" }));
    server.git("repo", "submodule", "--quiet", "add", `${server.directory}/library/.git`, "module");
    const modules = `[submodule "module"]\n\tpath = module\n\turl = ${http}/library/.git\n`;
    commits.push(server.commit("repo", { ".gitmodules": modules }));
    server.git("repo", "checkout", "--quiet", "--force", "main");
  });
  after(async () => {
    await server.dispose();
    await machine.dispose();
  });

  /** Files of an image from scratch, and what they hold. */
  async function files(dockerfile: string): Promise<Record<string, string>> {
    const { image } = await machine.build(`FROM scratch\n${dockerfile}\n`);
    return machine.inspect(image, (root) => {
      const found: Record<string, string> = {};
      for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
        const file = path.join(entry.parentPath, entry.name);
        const name = path.relative(root, file);
        if (entry.isFile() && !name.includes(".git/")) {
          found[name] = readFileSync(file, "utf8");
        }
      }
      return found;
    });
  }

  const whole = { a: "one", "run.sh": "#!/bin/sh", "sub/b": "b", "sub/deep/c": "c" };

  it("a smart server, a plain one and git://: the files of HEAD, a branch, a tag, a commit, a directory", async () => {
    const repo = `${http}/repo/.git`;
    assert.deepEqual(await files(`ADD ${repo} /`), whole);
    assert.deepEqual(await files(`ADD git://${server.address}/repo/.git /`), whole);
    assert.deepEqual(await files(`ADD ${http}/plain/repo/.git#main /`), whole);
    assert.deepEqual(await files(`ADD ${repo}#v1.0:sub /x`), { "x/b": "b", "x/deep/c": "c" });
    assert.deepEqual(await files(`ADD ${repo}?tag=v1&subdir=sub/deep /x/`), { "x/c": "c" });
    assert.deepEqual(await files(`ADD ${repo}#${commits[1] ?? ""} /`), { ...whole, a: "two" });
    const next = { ...whole, a: "two", ".gitmodules": await gitmodules(repo), "module/shared": "library" };
    assert.deepEqual(await files(`ADD ${repo}?branch=next /`), next);
    const { "module/shared": _, ...without } = next;
    assert.deepEqual(await files(`ADD ${repo}?branch=next&submodules=false /`), without);
  });

  async function gitmodules(repo: string): Promise<string> {
    return (await files(`ADD ${repo}?branch=next&submodules=0 /`))[".gitmodules"] ?? "";
  }

  it("files are root's with the repository's modes and links; --chown, --exclude and --keep-git-dir hold", async () => {
    const repo = `${http}/repo/.git`;
    const { image } = await machine.build(
      `FROM busybox\nADD --keep-git-dir=true ${repo}#main /kept\nADD --chown=1000:1000 --exclude=sub ${repo}?mtime=commit /owned/\n`,
    );
    await machine.inspect(image, (root) => {
      const kept = lstatSync(path.join(root, "kept/a"));
      assert.deepEqual([kept.uid, kept.gid, kept.mode & 0o7777], [0, 0, 0o644]);
      assert.equal(lstatSync(path.join(root, "kept/run.sh")).mode & 0o7777, 0o755);
      assert.ok(lstatSync(path.join(root, "kept/link")).isSymbolicLink());
      const git = (name: string): string => readFileSync(path.join(root, "kept/.git", name), "utf8").trim();
      assert.equal(git("HEAD"), commits[0]);
      assert.equal(git("refs/heads/main"), commits[0]);
      assert.match(git("config"), new RegExp(`url = ${repo}`));
      assert.equal(existsSync(path.join(root, "kept/.git/FETCH_HEAD")), false);
      const owned = lstatSync(path.join(root, "owned/a"));
      assert.deepEqual([owned.uid, owned.gid, owned.mtimeMs], [1000, 1000, 1_600_000_000_000]);
      assert.deepEqual(readdirSync(path.join(root, "owned")).toSorted(), ["a", "link", "run.sh"]);
    });
  });

  it("the commit decides: the same one is in the cache whatever it is called, a branch that moved is fetched", async () => {
    const steps = async (reference: string): Promise<(string | undefined)[]> => {
      const { events } = await machine.build(`FROM scratch\nADD ${http}/library/.git${reference} /\n`);
      return events.flatMap((event) => (event.type === "vertex-completed" ? [event.reason.kind] : []));
    };
    const first = await steps("");
    assert.notEqual(first.at(-1), "hit");
    assert.equal((await steps("#main")).at(-1), "hit");
    server.commit("library", { shared: "newer" });
    assert.notEqual((await steps("#main")).at(-1), "hit");
    assert.equal((await files(`ADD ${http}/library/.git /`))["shared"], "newer");
  });

  it("SOURCE_DATE_EPOCH is the commit's time that a stage adds", async () => {
    for (const repository of [`${http}/repo/.git`, `${http}/plain/repo/.git#v1.0`, `${http}/repo/.git#${commits[1]}`]) {
      const { image } = await machine.build(
        `ARG SOURCE_DATE_EPOCH=from\nFROM scratch AS from\nADD ${repository} /\nFROM busybox\nRUN true\n`,
      );
      assert.equal(image.config.created, "2020-09-13T12:26:40Z", repository);
    }
  });

  it("a checksum is held to; mistakes in the address are told", async () => {
    const repo = `${http}/repo/.git`;
    const [first = "", second = ""] = commits;
    assert.deepEqual(await files(`ADD --checksum=${first.slice(0, 12)} ${repo}#v1 /`), whole);
    const wrong: [string, RegExp][] = [
      [`ADD --checksum=${second} ${repo}#v1 /`, new RegExp(`expected checksum to match ${second}, got ${first}`)],
      [`ADD ${repo}#nowhere /`, /does not contain ref nowhere/],
      [`ADD ${repo}#main:link /x`, /invalid subdir link/],
      [`ADD ${repo}#main:none /x`, /invalid subdir none/],
      [`ADD ${repo}?color=red /`, /unexpected query "color"/],
      [`ADD ${repo}?ref=a#b /`, /ref conflicts: "b" vs "a"/],
      [`ADD ${http}/none.git /`, /failed to fetch remote http:\/\/[\d.]+\/none\.git/],
      ["ADD git@github.com:a/b.git /", /Git over SSH needs a key/],
      [`COPY ${repo} /`, /source can't be a git ref for COPY/],
    ];
    for (const [instruction, message] of wrong) {
      await assert.rejects(machine.build(`FROM scratch\n${instruction}\n`), message, instruction);
    }
  });

  it("a repository that is not public wants its secret, which is in no message and no layer", async () => {
    const dockerfile = `FROM scratch\nADD ${http}/private/repo/.git#v1 /\n`;
    await assert.rejects(machine.build(dockerfile, {}, { noCache: true }), /failed to fetch remote/);
    const events: NewBuildEvent[] = [];
    const secrets = {
      values: new Map([["GIT_AUTH_TOKEN", Buffer.from("letmein")]]),
      agents: new Map<string, string>(),
    };
    const { image } = await machine.build(
      dockerfile,
      {},
      { noCache: true, secrets, onEvent: (event) => events.push(event) },
    );
    await machine.inspect(image, (root) => assert.equal(readFileSync(path.join(root, "a"), "utf8"), "one"));
    assert.ok(!JSON.stringify([events, image]).includes("letmein"));
  });

  it("a repository is the context: a branch, a directory of it, without .git unless it is asked for", async () => {
    server.git("app", "init", "--quiet", "--initial-branch=main");
    const dockerfile = "FROM busybox\nCOPY . /app/\nRUN ls -A /app > /names\n";
    server.commit("app", { "web/Dockerfile": dockerfile, "web/page": "page", "web/.dockerignore": "Dockerfile" });
    const signal = AbortSignal.timeout(60_000);
    const names = async (address: string, keepGitDir = false): Promise<string> => {
      const settings = { network: "bridge", extraHosts: [], proxies: [], keepGitDir, signal };
      const context = await machine.builder.git.fetch(address, settings);
      assert.equal(context.time, 1_600_000_000, "the commit's");
      const file = existsSync(path.join(context.root, "Dockerfile")) ? "Dockerfile" : "web/Dockerfile";
      try {
        const { image } = await machine.buildIn(context.root, { context, dockerfile: { path: file } });
        return await machine.inspect(image, (root) => readFileSync(path.join(root, "names"), "utf8"));
      } finally {
        await context.dispose();
      }
    };
    assert.equal(await names(`${http}/app/.git#main:web`), ".dockerignore\npage\n");
    assert.equal(await names(`git://${server.address}/app/.git?subdir=web`), ".dockerignore\npage\n");
    assert.equal(await names(`${http}/app/.git`), "web\n");
    assert.equal(await names(`${http}/app/.git`, true), ".git\nweb\n");
    await assert.rejects(names(`${http}/app/.git#other`), /does not contain ref other/);
    assert.deepEqual(readdirSync(path.join(machine.directory, "data/builder/git-contexts")), []);
  });

  it("neither this machine's files nor its programs are at a repository's command", async () => {
    server.git("hostile", "init", "--quiet", "--initial-branch=main");
    const modules = (url: string): string => `[submodule "m"]\n\tpath = m\n\turl = ${url}\n`;
    for (const url of [
      `file://${server.directory}/library/.git`,
      `${server.directory}/library/.git`,
      "ext::sh -c id",
    ]) {
      server.git("hostile", "update-index", "--add", "--cacheinfo", `160000,${commits[0] ?? ""},m`);
      server.commit("hostile", { ".gitmodules": modules(url) });
      server.git("hostile", "update-index", "--add", "--cacheinfo", `160000,${commits[0] ?? ""},m`);
      server.git("hostile", "commit", "--quiet", "--amend", "--message", "with a submodule");
      await assert.rejects(
        machine.build(`FROM scratch\nADD ${http}/hostile/.git#main /\n`),
        /not allowed|does not exist|clone of|not found|unable/i,
        url,
      );
    }
  });

  it("a build that is cancelled ends git at once and leaves nothing", async () => {
    const aborted = new AbortController();
    const { signal } = aborted;
    const build = machine.build(`FROM scratch\nADD ${http}/silent/x.git /\n`, {}, { signal });
    build.catch(() => undefined);
    await server.asked;
    aborted.abort(new Error("enough"));
    await assert.rejects(build, /cancel|enough/);
    assert.deepEqual(readdirSync(path.join(machine.directory, "run/builder/steps")), []);
  });
});
