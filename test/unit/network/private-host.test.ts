/** Single ports of private networks: how they are written, and which of them the machine's package sources are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PackageSources } from "../../../server/compose/package-sources.ts";
import { packageUrls, proxyUrls } from "../../../server/engine/catalogue/package-places.ts";
import { FailedPrecondition } from "../../../server/engine/errdefs/errors.ts";
import { formatPrivateHost, parsePrivateHost, type PrivateHost } from "../../../server/engine/network/private-host.ts";

test("an address and a port, in one spelling; no name, no range, nothing that nft would read otherwise", () => {
  for (const text of ["10.0.0.5:3142", "[fd00::5]:80"]) {
    const host = parsePrivateHost(text);
    assert.equal(host && formatPrivateHost(host), text);
  }
  assert.deepEqual(parsePrivateHost("[FD00:0:0::5]:080"), { address: "fd00::5", port: 80 });
  const wrong = [
    "10.0.0.5",
    "10.0.0:80",
    "mirror.lan:80",
    "10.0.0.5:0",
    "10.0.0.5:65536",
    "fd00::5:80",
    "[10.0.0.5]:80",
  ];
  for (const text of [...wrong, "[fe80::1%eth0]:80", "10.0.0.0/8:80", "10.0.0.5:80 }", "[::ffff:10.0.0.5]:80", ""]) {
    assert.equal(parsePrivateHost(text), undefined, text);
  }
});

const settings = {
  aptSources: ["deb [signed-by=/usr/share/keyrings/a.gpg] http://127.0.0.2:8080/debian bookworm main"],
  aptSettings: ['Acquire::http::Proxy "http://127.0.0.3:3142";', 'Acquire::Retries "3";'],
  npmSettings: ["registry=https://127.0.0.4/npm/"],
  pipSettings: ["index-url = http://[::1]/simple", "trusted-host = 127.0.0.5"],
};

test("sources are what apt, npm and pip fetch from; a proxy is none, as it passes on to anywhere", () => {
  assert.deepEqual(
    packageUrls(settings).map(({ origin }) => origin),
    ["http://127.0.0.2:8080", "https://127.0.0.4", "http://[::1]"],
  );
  assert.deepEqual(
    proxyUrls(settings).map(({ origin }) => origin),
    ["http://127.0.0.3:3142"],
  );
});

/** What was opened each time, and what was logged. */
function sources(machine: () => Promise<typeof settings>) {
  const opened: PrivateHost[][] = [];
  const logged: string[] = [];
  const open = (hosts: readonly PrivateHost[]) => {
    opened.push([...hosts]);
    return Promise.resolve();
  };
  return { opened, logged, known: new PackageSources(open, (line) => logged.push(line), machine) };
}

test("those in private networks are opened, at the port that the scheme says if the address says none", async () => {
  const { opened, known } = sources(() => Promise.resolve(settings));
  await known.renew();
  await known.retry();
  assert.deepEqual(opened, [
    [
      { address: "127.0.0.2", port: 8080 },
      { address: "127.0.0.4", port: 443 },
      { address: "::1", port: 80 },
    ],
  ]);
});

/** More than DNS takes (RFC 1035, 2.3.4): not found, and nobody is asked. */
const tooLong = `${"a".repeat(64)}.invalid`;

test("a name that is not found is asked for again, for some time", async () => {
  const lost = { ...settings, npmSettings: [`registry=http://${tooLong}/`], pipSettings: [] };
  const { opened, known } = sources(() => Promise.resolve(lost));
  await known.renew();
  for (let minute = 0; minute < 30; minute++) await known.retry();
  assert.ok(opened.length > 2 && opened.length < 30, `${opened.length} times`);
  assert.deepEqual(opened.at(-1), [{ address: "127.0.0.2", port: 8080 }]);
});

test("a machine without such sources opens nothing; anything else that goes wrong is told", async () => {
  const other = sources(() => Promise.reject(new FailedPrecondition("this machine runs something else")));
  const broken = sources(() => Promise.reject(new Error("apt-config is broken")));
  await other.known.renew();
  await broken.known.renew();
  assert.deepEqual([other.opened, other.logged], [[], []]);
  assert.deepEqual([broken.opened, broken.logged], [[], ["package sources: apt-config is broken"]]);
});
