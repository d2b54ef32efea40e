import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { z } from "zod";
import { EngineMetrics } from "../../../server/compose/metrics.ts";
import { WebMetrics } from "../../../server/playground/metrics/web-metrics.ts";

const docs = join(import.meta.dirname, "../../../docs");
const dashboardFile = readFileSync(join(docs, "grafana/drydock.json"), "utf8");

const datasource = z.strictObject({ type: z.literal("prometheus"), uid: z.literal("${datasource}") });
/** What Grafana's own schema asks of a dashboard (grafana/grafana, kinds/dashboard/dashboard_kind.cue), of what ours uses. */
const dashboardSchema = z.strictObject({
  title: z.string().min(1),
  uid: z.string().regex(/^[\w-]{1,40}$/),
  schemaVersion: z.int().min(36),
  version: z.int(),
  refresh: z.string().regex(/^\d+[smh]$/),
  time: z.strictObject({ from: z.string().regex(/^now/), to: z.string().regex(/^now/) }),
  tags: z.array(z.string()),
  templating: z.strictObject({
    list: z.array(
      z.strictObject({
        name: z.literal("datasource"),
        type: z.literal("datasource"),
        query: z.literal("prometheus"),
        label: z.string(),
      }),
    ),
  }),
  panels: z.array(
    z.strictObject({
      id: z.int().positive(),
      title: z.string().min(1),
      type: z.enum(["stat", "timeseries"]),
      description: z.string(),
      gridPos: z.strictObject({
        x: z.int().min(0).max(23),
        y: z.int().min(0),
        w: z.int().min(1).max(24),
        h: z.int().min(1),
      }),
      datasource,
      fieldConfig: z.strictObject({
        // @grafana/data, valueFormats/categories.ts
        defaults: z.strictObject({
          unit: z.enum(["bool_yes_no", "short", "percentunit", "string", "reqps", "s", "bytes"]).optional(),
        }),
        overrides: z.array(z.never()),
      }),
      options: z.record(z.string(), z.unknown()).optional(),
      targets: z
        .array(
          z.strictObject({
            refId: z.string().regex(/^[A-Z]$/),
            expr: z.string().min(1),
            legendFormat: z.string(),
            datasource,
            instant: z.boolean().optional(),
          }),
        )
        .min(1),
    }),
  ),
});

const engine = new EngineMetrics({
  directory: import.meta.dirname,
  version: "0",
  tenants: async () => [
    { id: "ada", limits: { memory: 1, disk: 1 }, used: { memory: 1, disk: 1 }, containers: [{ status: "running" }] },
  ],
});
engine.answered("GET", "/version", 200, 0.1);
engine.audited({ refused: { rule: "privileged" } } as Parameters<typeof engine.audited>[0]);
const web = new WebMetrics({ engineUp: () => true, sockets: () => 0, workspaces: async () => 0 });
web.answered("GET", "/", 200, 0.1);

/** Names of series with the labels that they have, as /metrics tells them. */
function seriesOf(text: string): Map<string, Set<string>> {
  const series = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const [, name, labels = ""] = /^([a-z_0-9]+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name === undefined) continue;
    const known = series.get(name) ?? new Set();
    for (const [, label = ""] of labels.matchAll(/(\w+)="/g)) known.add(label);
    series.set(name, known);
  }
  return series;
}

const told = { drydockd: await engine.metrics(), web: await web.registry.metrics() };
const series = new Map([...seriesOf(told.drydockd), ...seriesOf(told.web)]);

const alerts = z
  .object({ groups: z.array(z.object({ rules: z.array(z.object({ alert: z.string(), expr: z.string() })) })) })
  .parse(parse(readFileSync(join(docs, "prometheus/alerts.yaml"), "utf8")))
  .groups.flatMap(({ rules }) => rules);

/** Expressions of the dashboard. */
const shown = (): string[] =>
  dashboardSchema.parse(JSON.parse(dashboardFile)).panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** What Prometheus' own checker finds. */
function promtool(args: string[], input = ""): string {
  const { status, stdout, stderr } = spawnSync("promtool", ["check", ...args], { input, encoding: "utf8" });
  return status === 0 ? "" : `${stdout}${stderr}`;
}
const skip = spawnSync("promtool", ["--version"]).error !== undefined && "needs promtool: apt-get install prometheus";

/** Of a PromQL expression: the series that it names, each with the labels that it picks them by. */
function* named(expression: string): Generator<{ name: string; labels: string[] }> {
  for (const [, name = "", picked = ""] of expression.matchAll(/\b(drydock_\w+)(?:\{([^}]*)\})?/g)) {
    yield { name, labels: [...picked.matchAll(/(\w+)(?:!?=|!?~)"/g)].map(([, label = ""]) => label) };
  }
}

function assertKnown(expression: string): void {
  for (const { name, labels } of named(expression)) {
    const known = series.get(name);
    assert.ok(known !== undefined, `${name} in ${expression} is no metric`);
    for (const label of labels) assert.ok(known.has(label), `${name} in ${expression} has no label ${label}`);
  }
  let depth = 0;
  for (const sign of expression) depth += "([{".includes(sign) ? 1 : ")]}".includes(sign) ? -1 : 0;
  assert.equal(depth, 0, `brackets of ${expression}`);
}

test("the dashboard is one that Grafana loads, and its panels do not lie on each other", () => {
  const { panels } = dashboardSchema.parse(JSON.parse(dashboardFile));
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = new Set<string>();
  for (const { title, gridPos, targets } of panels) {
    assert.ok(gridPos.x + gridPos.w <= 24, `${title} is within the grid`);
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        assert.ok(!cells.has(`${x},${y}`), `${title} lies on another panel`);
        cells.add(`${x},${y}`);
      }
    }
    assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, `${title}: queries have names`);
  }
});

test("what the dashboard asks for, and shows labels of, is what /metrics tells", () => {
  for (const { targets } of dashboardSchema.parse(JSON.parse(dashboardFile)).panels) {
    for (const { expr, legendFormat } of targets) {
      assert.ok([...named(expr)].length > 0, `${expr} asks for something of ours`);
      assertKnown(expr);
      for (const [, label = ""] of legendFormat.matchAll(/\{\{(\w+)\}\}/g)) {
        const given = [...named(expr)].some(({ name }) => series.get(name)?.has(label));
        assert.ok(given, `the legend of ${expr} has no ${label}`);
      }
    }
  }
});

test("what alerts of docs/operations.md ask for is what /metrics tells", () => {
  const text = readFileSync(join(docs, "operations.md"), "utf8");
  const expressions = [...text.matchAll(/`([^`\n]*drydock_[a-z]+_[^`\n]*)`/g)].map(([, expression = ""]) => expression);
  const asked = expressions.filter((expression) => !expression.endsWith("*"));
  assert.ok(asked.length >= 8, `${asked.length} expressions are found`);
  asked.forEach(assertKnown);
  const rules = alerts.map(({ expr }) => expr);
  assert.deepEqual(
    asked.filter((expression) => / [<>=]+ /.test(expression)).toSorted(),
    rules.toSorted(),
    "and the rules' file has the same",
  );
});

test("no series that comes and goes by itself has a counter's name", () => {
  for (const text of Object.values(told)) {
    for (const [, name = "", type] of text.matchAll(/^# TYPE (\S+) (\w+)$/gm)) {
      assert.equal(name.endsWith("_total"), type === "counter", name);
    }
  }
});

test("Prometheus' own checker has nothing to say of metrics, alerts and the dashboard's expressions", { skip }, () => {
  assert.equal(promtool(["metrics"], told.drydockd), "");
  assert.equal(promtool(["metrics"], told.web), "");
  const directory = mkdtempSync(join(tmpdir(), "dd-rules-"));
  try {
    const rules = shown().map((expr, index) => ({ record: `drydock:panel:${index}`, expr }));
    const dashboard = join(directory, "dashboard.yaml");
    writeFileSync(dashboard, JSON.stringify({ groups: [{ name: "dashboard", rules }] }));
    assert.equal(promtool(["rules", join(docs, "prometheus/alerts.yaml"), dashboard]), "");
  } finally {
    rmSync(directory, { recursive: true });
  }
});
