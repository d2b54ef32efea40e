import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { createHash } from "node:crypto";
import { Drydockd, type Outcome, type TenantClient, whyNot } from "../../suites/drydockd.ts";
import { type Answer, send } from "./http.ts";
import { type Entry, tar } from "./tar.ts";

const skip = whyNot() ?? false;
const engine = new Drydockd({ standIns: ["busybox"] });
const mebibyte = 1_024 ** 2;
let learner: TenantClient;

before(async () => {
  if (skip !== false) return;
  await engine.start();
  learner = await engine.tenant("learner", "public", { disk: 32 * mebibyte });
  good(await learner.docker("pull", "-q", "busybox"));
  good(await learner.docker("run", "-d", "--name", "target", "busybox", "sleep", "1000"));
  // What the archives are after: a file beside every directory that something is unpacked into, and one elsewhere.
  mkdirSync(outside);
  writeFileSync(join(outside, "victim"), "untouched");
});

after(async () => {
  if (skip === false) await engine.dispose();
});

const outside = join(engine.directory, "outside");

function good({ status, stdout, stderr }: Outcome): string {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  return stdout.trim();
}

function assertUntouched(): void {
  assert.equal(readFileSync(join(outside, "victim"), "utf8"), "untouched");
  assert.deepEqual(readdirSync(outside), ["victim"]);
  assert.ok(!existsSync("/drydock-was-here"));
}

/** `refused`: true must be, false must not be; undefined may be or not, as long as nothing is written outside. */
const hostile: { what: string; entries: Entry[]; refused: boolean | undefined; leadsUp?: true }[] = [
  {
    what: "a name with ..",
    entries: [{ name: "../../../../../../drydock-was-here", content: "x" }],
    refused: true,
    leadsUp: true,
  },
  { what: "a name with .. inside", entries: [{ name: "a/../../../../b", content: "x" }], refused: true, leadsUp: true },
  { what: "an absolute name", entries: [{ name: `${outside}/victim`, content: "pwned" }], refused: undefined },
  {
    what: "a file through an absolute link",
    entries: [
      { name: "door", type: "2", link: outside },
      { name: "door/victim", content: "pwned" },
    ],
    refused: undefined,
  },
  {
    what: "a file through a relative link",
    entries: [
      { name: "door", type: "2", link: "../../../../../../../../../../../.." + outside },
      { name: "door/new", content: "pwned" },
    ],
    refused: undefined,
  },
  {
    what: "a file over a link",
    entries: [
      { name: "f", type: "2", link: join(outside, "victim") },
      { name: "f", content: "pwned" },
    ],
    refused: false,
  },
  {
    what: "a hard link that leads out",
    entries: [{ name: "h", type: "1", link: "../../../../../../../etc/passwd" }],
    refused: true,
  },
  {
    what: "a hard link to what is not there",
    entries: [
      { name: "h", type: "1", link: `${outside}/victim` },
      { name: "h", content: "pwned" },
    ],
    refused: undefined,
  },
  { what: "a device", entries: [{ name: "sda", type: "4", device: [8, 0] }], refused: true },
  {
    what: "a size that is not there",
    entries: [{ name: "big", content: "x", size: 8 * 1_024 ** 3 - 1 }],
    refused: true,
  },
  {
    what: "no archive at all",
    entries: [{ name: "\xff".repeat(100), type: "\x01", content: "x", size: -1 }],
    refused: undefined,
  },
];

interface Target {
  what: string;
  send: (archive: Buffer) => Promise<Answer>;
  failed: (answer: Answer) => boolean;
  /** there is nothing above it: what leads there is in it, as with dockerd */
  isTop?: true;
}

const targets: Target[] = [
  {
    what: "build context",
    isTop: true,
    send: (archive) =>
      send(learner.socket, "/v1.41/build", {
        method: "POST",
        headers: { "Content-Type": "application/x-tar" },
        body: Buffer.concat([
          tar([{ name: "Dockerfile", content: "FROM busybox\nCOPY . /in\n" }]).subarray(0, 1_024),
          archive,
        ]),
      }),
    failed: ({ status, text }) => status >= 400 || text.includes('"error"'),
  },
  {
    what: "docker cp",
    send: (archive) =>
      send(learner.socket, "/v1.41/containers/target/archive?path=/tmp", { method: "PUT", body: archive }),
    failed: ({ status }) => status >= 400,
  },
  {
    what: "workspace upload",
    send: (archive) => send(learner.socket, "/drydock/v1/workspace/tar?path=upload", { method: "POST", body: archive }),
    failed: ({ status }) => status >= 400,
  },
];

for (const target of targets) {
  describe(`hostile archive as ${target.what}`, { skip }, () => {
    for (const { what, entries, refused, leadsUp } of hostile) {
      test(what, async () => {
        const answer = await target.send(tar(entries));
        const expected = leadsUp && target.isTop ? false : refused;
        if (expected !== undefined) {
          assert.equal(target.failed(answer), expected, `${answer.status} ${answer.text}`);
        }
        if (target.failed(answer)) {
          // dockerd's answer to whatever cannot be unpacked is 500, in these words; 507 is the tenant's own limit.
          const told =
            answer.status < 500 ||
            answer.status === 507 ||
            /Error processing tar file\(exit status 1\): /.test(answer.text);
          assert.ok(told, `${answer.status} ${answer.text}`);
          const message = /"(?:message|error)":"([^"]*)/.exec(answer.text)?.[1] ?? "";
          assert.ok(message.length > 10, `a message that says what is wrong: ${answer.text}`);
          assert.doesNotMatch(message, /undefined|\[object|errno/);
          assert.ok(!message.includes(engine.dataDirectory) && !message.includes(engine.runDirectory), message);
        }
        assertUntouched();
      });
    }

    test("a bomb: small as an archive, more than the tenant's disk when unpacked", async () => {
      const answer = await target.send(gzipSync(tar([{ name: "zeros", content: Buffer.alloc(40 * mebibyte) }])));
      assert.ok(target.failed(answer), `${answer.status} ${answer.text.slice(0, 300)}`);
      assert.match(answer.text, /more than \d+ bytes|no valid|archive|no space left on device/);
      assertUntouched();
    });

    test("it still works for an honest one", async () => {
      const answer = await target.send(tar([{ name: "honest/file", content: "fine" }]));
      assert.ok(!target.failed(answer), `${answer.status} ${answer.text}`);
    });
  });
}

describe("hostile archive as docker load", { skip }, () => {
  const load = (entries: Entry[]) =>
    send(learner.socket, "/v1.41/images/load", {
      method: "POST",
      headers: { "Content-Type": "application/x-tar" },
      body: tar(entries),
    });

  for (const { what, entries } of hostile) {
    test(what, async () => {
      const answer = await load(entries);
      assert.ok(answer.status >= 400 || answer.text.includes('"error"'), `${answer.status} ${answer.text}`);
      assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
      assertUntouched();
    });

    test(`${what}, in a layer`, async () => {
      const answer = await load(imageWith(tar(entries)));
      assert.ok(answer.status < 500, `${answer.status} ${answer.text}`);
      assertUntouched();
      if (answer.status < 400 && !answer.text.includes('"error"')) {
        await learner.docker("rmi", "-f", "hostile:1");
      }
    });
  }

  test("a bomb in a layer", async () => {
    const answer = await load(imageWith(tar([{ name: "zeros", content: Buffer.alloc(64 * mebibyte) }])));
    assert.match(answer.text, /more than \d+ bytes|no space left on device/);
    assert.equal((await learner.docker("image", "inspect", "hostile:1")).status, 1);
  });
});

/** An archive as `docker save` writes it, of one layer, which is compressed. */
function imageWith(layer: Buffer): Entry[] {
  const digest = createHash("sha256").update(layer).digest("hex");
  const config = JSON.stringify({
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: {},
    rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
  });
  return [
    { name: "config.json", content: config },
    { name: "layer.tar", content: gzipSync(layer) },
    {
      name: "manifest.json",
      content: JSON.stringify([{ Config: "config.json", RepoTags: ["hostile:1"], Layers: ["layer.tar"] }]),
    },
  ];
}
