/** The pages that explain the build checks, in each language of the page. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { rules } from "#engine/builder/checks/rules.ts";
import type { CheckPage } from "#contract/extension-api.ts";
import { pageLanguages } from "#contract/playground-api.ts";
import { checkRoutes } from "../../../server/daemon/extension/checks.ts";
import { Query } from "../../../server/daemon/http/query.ts";
import type { Call } from "../../../server/daemon/http/route.ts";

const directory = path.join(import.meta.dirname, "../../../docs/checks");
const headings = {
  en: ["Example", "Why", "Fix"],
  de: ["Beispiel", "Warum", "Korrektur"],
} as const;

async function pageOf(name: string, search: string): Promise<CheckPage> {
  const route = checkRoutes({ images: { find: () => undefined } as never }).find(({ path }) => path.includes("{name}"));
  const reply = await route?.handle({ params: { name }, query: new Query(search) } as unknown as Call);
  assert.ok(reply?.kind === "json");
  return reply.value as CheckPage;
}

/** Without comments, which are in the page's language. */
function examplesOf(text: string): string[] {
  return [...text.matchAll(/```dockerfile\n(.*?)```/gs)].map(([, code = ""]) => code.replaceAll(/^# [^=\n]*\n/gm, ""));
}

describe("the pages of the build checks", () => {
  for (const language of pageLanguages) {
    it(`are there for every check, and no other: ${language}`, () => {
      const there = readdirSync(language === "en" ? directory : path.join(directory, language));
      const names = there.filter((name) => name.endsWith(".md") && name !== "README.md");
      assert.deepEqual(names.toSorted(), rules.map(({ name }) => `${name}.md`).toSorted());
    });
  }

  it("have the same examples and parts in each language, and texts of its own", async () => {
    for (const { name } of rules) {
      const { text: english } = await pageOf(name, "");
      assert.equal(examplesOf(english).length, 2, name);
      for (const language of pageLanguages) {
        const { text } = await pageOf(name, `?language=${language}`);
        const parts = [...text.matchAll(/^## (.+)$/gm)].map(([, part]) => part);
        const fix = english.includes("\n## Fix\n") ? 3 : 2;
        assert.deepEqual(parts, headings[language].slice(0, fix), `${name} ${language}`);
        assert.deepEqual(examplesOf(text), examplesOf(english), `${name} ${language}`);
        assert.ok(text.startsWith(`# ${name}\n`), name);
        if (language === "en") assert.equal(text, english);
        else for (const line of text.split("\n")) assert.ok(!isSaid(line) || !english.includes(line), line);
      }
    }
  });

  it("are in English where no language is asked for, and in none that there is not", async () => {
    assert.match((await pageOf("LatestTag", "?language=de")).text, /keinen Tag/);
    for (const language of ["fr", "..", "de/.."]) {
      await assert.rejects(pageOf("LatestTag", `?language=${encodeURIComponent(language)}`), {
        message: `there is no page in the language ${language}: en, de`,
      });
    }
  });

  it("are all in the list of docs/checks/README.md", () => {
    const list = readFileSync(path.join(directory, "README.md"), "utf8");
    for (const { name } of rules) assert.ok(list.includes(`[${name}](${name}.md)`), name);
  });
});

/** A sentence, and no code. */
function isSaid(line: string): boolean {
  return /^[^#`].*[a-z]\.$/.test(line);
}
