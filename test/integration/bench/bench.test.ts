import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { onPath } from "../../../server/cli/apt.ts";
import { whyNoDocker } from "../../suites/docker-clients.ts";
import { run, whyNot } from "../../suites/drydockd.ts";

/** What `./drydock bench` installs by itself before it measures. */
const lacking = ["skopeo", "docker-registry"].filter((program) => onPath(program) === undefined);
const skip =
  whyNot() ?? whyNoDocker() ?? (lacking.length > 0 ? `${lacking.join(" and ")} not here: bench installs them` : false);

test(
  "bench measures everything, without a dockerd too, and writes it down with the machine it is of",
  { skip },
  async (t) => {
    const results = mkdtempSync(join(tmpdir(), "drydock-results-"));
    t.after(() => rmSync(results, { recursive: true }));
    const env = { DRYDOCK_BENCH_SMALLEST: "1", DRYDOCK_BENCH_REFERENCE: "none", DRYDOCK_BENCH_RESULTS: results };
    const main = join(import.meta.dirname, "../../../bench/main.ts");
    const { status, stdout, stderr } = await run("env", [
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      process.execPath,
      "--disable-warning=ExperimentalWarning",
      main,
    ]);
    assert.equal(status, 0, stderr);
    const [file, ...more] = readdirSync(results);
    assert.match(file ?? "", /^\d{4}-\d\d-\d\d\.md$/);
    assert.deepEqual(more, []);
    const text = readFileSync(join(results, file ?? ""), "utf8");
    assert.equal(stdout, text);
    assert.match(text, /^\d+ cores \(.*\), \d+ GiB, Linux \S+, crun version .*, Node v\d+/m);
    assert.match(text, /drydock \d\S*, at (?:commit [0-9a-f]{7,}\+?|no known commit)\. /);
    assert.ok(text.includes(`Linux ${release()},`), text);
    const rows = text.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| |"));
    assert.ok(rows.length >= 14, text);
    // Of memory a difference is measured, which can be less than nothing.
    for (const row of rows) assert.match(row, /^\| \S.* \| -?\d+\.\d \| - \| - \|$/);
    for (const wanted of ["exec of true", "one RUN step", "the same, cached", "pull of 6 MB"])
      assert.ok(text.includes(wanted));
  },
);
