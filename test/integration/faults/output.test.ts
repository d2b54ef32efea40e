import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { engineOfThisFile, whyNot } from "../../suites/drydockd.ts";
import { until } from "./http.ts";

const skip = whyNot() ?? false;
const engine = engineOfThisFile({ pull: ["busybox"] });
const kills = Number(process.env["DRYDOCK_TEST_KILLS"] ?? 8);

/** Lines on one stream, an endless line on the other, in bursts, until it is told to end. */
const writer = `trap 'go=1' TERM
i=0
while [ -z "$go" ]; do
  j=0
  while [ $j -lt 40 ]; do i=$((i+1)) j=$((j+1)); echo $i; printf "$i " >&2; done
  usleep 2000
done
echo last`;

function bytesOf(log: string, stream: string): string {
  return readFileSync(log, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as { log: string; stream: string })
    .filter((record) => record.stream === stream)
    .map((record) => record.log)
    .join("");
}

test(`${kills} times killed with output on its way: each byte of it is logged once, in order`, { skip }, async () => {
  for (const terminal of [false, true]) {
    const name = terminal ? "terminal" : "plain";
    const options = ["--name", name, "--log-opt", "max-size=100m", ...(terminal ? ["-t"] : [])];
    engine.good(await engine.docker("run", "-d", ...options, "busybox", "sh", "-c", writer));
    const path = engine.good(await engine.docker("inspect", "-f", "{{.LogPath}}", name));
    for (let kill = 0; kill < kills / 2; kill++) {
      await delay(20 + Math.random() * 150);
      await engine.kill("SIGKILL");
      await engine.start();
    }
    engine.good(await engine.docker("kill", "-s", "TERM", name));
    engine.good(await engine.docker("wait", name));
    await until("it is all logged", () => bytesOf(path, "stdout").includes("last"));
    const output = bytesOf(path, "stdout");
    const count = output.match(/\d+\s+(?=last)/)?.[0] ?? "";
    const numbers = Array.from({ length: Number.parseInt(count, 10) }, (_, index) => index + 1);
    assert.ok(numbers.length > 1000);
    if (terminal) {
      assert.ok(output === `${numbers.map((number) => `${number}\r\n${number} `).join("")}last\r\n`, firstGap(output));
    } else {
      assert.ok(output === `${numbers.join("\n")}\nlast\n`, firstGap(output));
      assert.ok(bytesOf(path, "stderr") === `${numbers.join(" ")} `, firstGap(bytesOf(path, "stderr")));
    }
  }
});

/** The first two words that do not belong after each other. */
function firstGap(text: string): string {
  const words = text.split(/\s+/).filter(Boolean);
  const at = words.findIndex((word, index) => index > 0 && ![0, 1].includes(Number(word) - Number(words[index - 1])));
  return `of ${words.length}: ${JSON.stringify(words.slice(Math.max(0, at - 2), at + 3))}`;
}
