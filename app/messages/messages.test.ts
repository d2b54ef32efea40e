import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { languageOf } from "../lib/language.ts";
import { bindMessages, placeholdersOf } from "./catalogue.ts";
import type { Catalogue } from "./catalogue.ts";
import { german } from "./de/index.ts";
import { english } from "./en/index.ts";

/** `build.why.more` to its text. */
function flat(catalogue: Catalogue, before = ""): Map<string, string> {
  const entries = Object.entries(catalogue).flatMap(([key, value]): [string, string][] =>
    typeof value === "string" ? [[before + key, value]] : [...flat(value, `${before}${key}.`)],
  );
  return new Map(entries);
}

const texts = flat(english);
const inGerman = flat(german);

describe("the texts of the page", () => {
  it("are there in both languages, none empty, with the same placeholders", () => {
    assert.deepEqual([...inGerman.keys()].toSorted(), [...texts.keys()].toSorted());
    for (const [key, text] of texts) {
      assert.notEqual(inGerman.get(key)?.trim(), "", key);
      assert.deepEqual(placeholdersOf(inGerman.get(key) ?? ""), placeholdersOf(text), key);
    }
  });

  it("are used, every one of them", () => {
    const app = join(import.meta.dirname, "..");
    const files = readdirSync(app, { recursive: true, encoding: "utf8" }).filter(
      (file) => /(?<!\.test)\.tsx?$/.test(file) && !file.startsWith("messages"),
    );
    const source = files.map((file) => readFileSync(join(app, file), "utf8")).join("\n");
    // Looked up by a value of the same name: a state, an exit code, a command.
    const byValue =
      /^(errors\.reasons|build\.(states|completed|failed|cancelled|interrupted|running)|containers\.(state|endings\.codes)|commands\.(groups|titles)|preferences\.themes|limits\.names|workspace\.panes|terminals\.(before|after)|buildView\.layers\.wasteHow|running\.(files\.kinds|anatomy\.(namespaces|how)))/;
    const unused = [...texts.keys()].filter(
      (key) => !byValue.test(key) && !new RegExp(`\\b${key.split(".").at(-1) ?? ""}\\b`).test(source),
    );
    assert.deepEqual(unused, []);
  });

  it("write numbers and plurals as the language has them", () => {
    const catalogue = { files: "{count, plural, one {# file was} other {# files were}} added to {place}." } as const;
    const { files } = bindMessages(catalogue, "en");
    assert.equal(files({ count: 1, place: "it" }), "1 file was added to it.");
    assert.equal(files({ count: 1234, place: "it" }), "1,234 files were added to it.");
    assert.equal(bindMessages(catalogue, "de").files({ count: 1234, place: "it" }), "1.234 files were added to it.");
    const number = { more: "{count, number} more at {port}" } as const;
    assert.equal(bindMessages(number, "de").more({ count: 1234, port: 8080 }), "1.234 more at 8080");
    assert.equal(bindMessages({ plain: "as it is" } as const, "en").plain, "as it is");
    assert.throws(() => bindMessages({ broken: "a {count" }, "en"), SyntaxError);
    assert.throws(() => bindMessages({ broken: "a } b" }, "en"), SyntaxError);
  });

  it("come in the language that was chosen, else in the first one that the browser wants and there is", () => {
    const asked = (cookie: string, accepted: string) =>
      languageOf(new Headers({ cookie, "accept-language": accepted }));
    assert.equal(asked("", "de-AT,de;q=0.9,en;q=0.8"), "de");
    assert.equal(asked("", "fr,en;q=0.8,de;q=0.7"), "en");
    assert.equal(asked("", "fr"), "en");
    assert.equal(asked("drydock=x; drydock-language=de", "en"), "de");
    assert.equal(asked("drydock-language=__proto__", "de"), "de");
  });
});
