import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import {
  baseOf,
  changesOn,
  configOf,
  historyOn,
  readSaved,
  type SavedImage,
} from "../../golden/builders/saved-image.ts";
import {
  comparable,
  makeStack,
  type RecordedStacks,
  stacks,
  toolsOf,
  withoutDigests,
} from "../../golden/builders/stacks.ts";
import { engineOfThisFile, whyNot } from "../../suites/drydockd.ts";

const { tools, images } = JSON.parse(
  readFileSync(path.join(import.meta.dirname, "../../golden/builders/recorded-stacks.json"), "utf8"),
) as RecordedStacks;
const bases = [...new Set(stacks.flatMap((stack) => stack.bases))];
const engine = engineOfThisFile({ pull: bases });

describe("projects of the common languages, as dockerd's builders make them", { skip: whyNot() ?? false }, () => {
  const docker = async (...args: string[]): Promise<string> => engine.good(await engine.docker(...args));

  async function saved(tag: string): Promise<SavedImage> {
    const directory = mkdtempSync(path.join(engine.directory, "saved-"));
    await docker("save", "-o", path.join(directory, "image.tar"), tag);
    const image = await readSaved(path.join(directory, "image.tar"), directory, 0);
    rmSync(directory, { recursive: true });
    return image;
  }

  for (const [number, stack] of stacks.entries()) {
    it(stack.name, async (t) => {
      const { needs } = stack;
      if (needs !== undefined) {
        const probe = ["run", "--rm", "--network", "none", "--entrypoint", "sh", stack.bases[0] ?? "", "-c"];
        if ((await engine.docker(...probe, needs.command)).status !== 0) return t.skip(needs.otherwise);
      }
      const context = path.join(engine.directory, `stack-${number}`);
      mkdirSync(context);
      makeStack(context, stack);
      await docker("build", "-q", "--network", "none", "-t", `s${number}`, context);
      const image = await saved(`s${number}`);
      const own = JSON.parse(
        await docker("image", "inspect", "-f", "{{json .RootFS.Layers}}", stack.result ?? `s${number}`),
      ) as string[];
      const base = baseOf(image, stack.result === undefined ? 0 : own.length);
      const { classic, buildkit } = images[stack.name] ?? {};
      assert.ok(
        typeof classic === "object" && typeof buildkit === "object",
        "record-stacks.ts has not been run for it",
      );
      assert.deepEqual(withoutOrigin(configOf(image.config)), withoutOrigin(classic.config));
      assert.deepEqual(withoutDigests(historyOn(base.history, image.history)), withoutDigests(classic.history));
      const tree = comparable(changesOn(base.tree, image.tree), stack);
      const now = await Promise.all(stack.bases.map((name) => toolsOf(name, docker)));
      const same = now.every((versions, index) => versions.trim() === tools[stack.bases[index] ?? ""]?.trim());
      if (!same) t.diagnostic("recorded with other versions of its tools: sizes and digests are not compared");
      const compared = (lines: readonly string[]) => (same ? lines : lines.map(withoutContent));
      assert.deepEqual(compared(tree), compared(buildkit.tree));
      if (stack.differs === undefined) assert.deepEqual(compared(tree), compared(classic.tree));
      else assert.notDeepEqual(compared(tree), compared(classic.tree), `no longer so: ${stack.differs.classic}`);
    });
  }
});

/** Without the labels that say of which release's packages a stand-in is made. */
function withoutOrigin(config: Record<string, unknown>): Record<string, unknown> {
  const labels = (config["Labels"] ?? {}) as Record<string, string>;
  const others = Object.entries(labels).filter(([name]) => !/^io\.drydock\.stand-in\.(source|version)$/.test(name));
  return { ...config, Labels: Object.fromEntries(others) };
}

/** Name, kind, mode and owner. */
function withoutContent(line: string): string {
  return line.split(" ").slice(0, 4).join(" ");
}
