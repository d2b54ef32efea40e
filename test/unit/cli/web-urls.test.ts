import assert from "node:assert/strict";
import type { networkInterfaces } from "node:os";
import { test } from "node:test";
import { webUrl, webUrls } from "../../../server/cli/web-urls.ts";

const at = (address: string, internal = false) => ({
  address,
  internal,
  family: address.includes(":") ? ("IPv6" as const) : ("IPv4" as const),
  netmask: "",
  mac: "",
  cidr: null,
  scopeid: 0,
});
const interfaces: ReturnType<typeof networkInterfaces> = {
  lo: [at("127.0.0.1", true), at("::1", true)],
  eth0: [at("192.0.2.7"), at("2001:db8::7"), at("fe80::7")],
  "dd-0": [at("172.30.0.1")],
  docker0: [at("172.17.0.1")],
  "yab-1": [at("172.31.0.1")],
};
const urls = (host: string, publicUrl = "") => webUrls({ host, port: 9000 }, interfaces, publicUrl);

test("the URLs that up prints are those that reach the page", () => {
  assert.deepEqual(urls("127.0.0.1"), ["http://localhost:9000/"]);
  assert.deepEqual(urls("0.0.0.0"), ["http://localhost:9000/", "http://192.0.2.7:9000/"]);
  assert.deepEqual(urls("::"), ["http://localhost:9000/", "http://192.0.2.7:9000/", "http://[2001:db8::7]:9000/"]);
  assert.deepEqual(urls("192.0.2.7"), ["http://192.0.2.7:9000/"]);
  assert.deepEqual(urls("127.0.0.1", "https://play.example.org/"), [
    "https://play.example.org/",
    "http://localhost:9000/",
  ]);
  assert.equal(webUrl({ host: "2001:db8::7", port: 80 }), "http://[2001:db8::7]:80/");
});
