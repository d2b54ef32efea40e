import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseDockerfile } from "#engine/builder/dockerfile/parser.ts";
import { instructions } from "../../../app/components/editor/language/instructions.ts";
import { DockerfileLanguage, type TextEdit } from "../../../server/language/language-service.ts";

const language = new DockerfileLanguage(instructions);
const knowledge = { images: ["busybox:latest"], files: ["src/", "src/main.c", "Makefile"] };

/** A text with `|` where one types. */
function cursor(marked: string): [text: string, at: { line: number; column: number }] {
  const before = marked.slice(0, marked.indexOf("|")).split("\n");
  return [marked.replace("|", ""), { line: before.length, column: (before.at(-1) ?? "").length + 1 }];
}

function applied(text: string, edits: readonly TextEdit[]): string {
  const lines = text.split("\n");
  const offset = (line: number, column: number): number =>
    lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  return edits
    .toSorted((a, b) => b.range.startLine - a.range.startLine || b.range.startColumn - a.range.startColumn)
    .reduce(
      (result, { range, text: inserted }) =>
        result.slice(0, offset(range.startLine, range.startColumn)) +
        inserted +
        result.slice(offset(range.endLine, range.endColumn)),
      text,
    );
}

describe("completion", () => {
  const labels = (marked: string): string[] =>
    language.complete(...cursor(marked), knowledge).items.map(({ label }) => label);

  it("knows instructions, flags, stages, images, variables and files of the context", () => {
    assert.ok(labels("FR|").includes("FROM"));
    assert.ok(labels("FROM a\nCOPY --|").includes("--from="));
    assert.deepEqual(labels("FROM a AS one\nFROM |"), ["one", "busybox:latest"]);
    assert.deepEqual(labels("FROM a AS one\nFROM b\nCOPY --from=|"), ["one", "busybox:latest"]);
    assert.deepEqual(labels("FROM a\nFROM b AS two\nFROM c AS three\nCOPY --from=|"), ["0", "two", "busybox:latest"]);
    assert.deepEqual(labels("FROM a AS one\nFROM b\nRUN --mount=type=bind,from=o|"), ["one", "busybox:latest"]);
    assert.deepEqual(
      labels("FROM a AS one\nFROM b\nCOPY --from=one |"),
      [],
      "the context's files are not in the stage",
    );
    assert.deepEqual(labels("ARG A\nFROM a\nENV B=1 C=2\nRUN echo ${|"), ["A", "B", "C"]);
    assert.deepEqual(labels("FROM a\nCOPY s|"), knowledge.files);
    assert.deepEqual(language.complete(...cursor("FROM a\nCOPY src/m|"), knowledge).replaces, 5);
  });
});

describe("signature help", () => {
  const active = (marked: string): string | undefined => {
    const found = language.signature(...cursor(marked));
    return found?.parameters[found.active];
  };

  it("shows how an instruction is written, with the piece that is being typed", () => {
    assert.equal(active("FROM |"), "IMAGE");
    assert.equal(active("FROM --pl|"), "[--platform=PLATFORM]");
    assert.equal(active("FROM --platform=linux/arm64 b|"), "IMAGE");
    assert.equal(active("FROM busybox A|"), "[AS NAME]");
    assert.equal(active("FROM a\nCOPY --from=b |"), "SOURCE...");
    assert.equal(active("FROM a\nCOPY a \\\n  |"), "DESTINATION");
    assert.equal(language.signature(...cursor("|")), undefined);
  });

  it("has pieces that stand in the form", () => {
    for (const { form, parameters = [] } of instructions) {
      for (const parameter of parameters) assert.ok(form.includes(parameter), `${parameter} in ${form}`);
    }
  });
});

describe("renaming a stage", () => {
  const text = [
    "FROM busybox AS build",
    "RUN echo build > /build",
    "FROM build as other",
    "FROM scratch",
    "COPY --chown=1 --from=build /build /",
    "COPY --from=0 /build /number",
    "RUN --mount=type=bind,from=build,target=/m true",
    "COPY --from=other /build /2",
    "",
  ].join("\n");

  it("changes every place that means the stage, and nothing else", () => {
    for (const at of [
      cursor(text.replace("AS build", "AS bu|ild"))[1],
      cursor(text.replace("--from=build", "--from=bui|ld"))[1],
    ]) {
      assert.equal(
        applied(text, language.rename(text, at, "tools")),
        text
          .replace("AS build", "AS tools")
          .replace("FROM build", "FROM tools")
          .replace("--from=build", "--from=tools")
          .replace("from=build,", "from=tools,"),
      );
    }
  });

  it("refuses a place without a stage, a bad name and one that is taken, in a sentence", () => {
    const [, at] = cursor(text.replace("AS build", "AS |build"));
    assert.throws(() => language.rename(text, { line: 2, column: 12 }, "x"), /no name of a stage here/);
    assert.throws(() => language.rename(text, at, "Über"), /cannot name a stage/);
    assert.throws(() => language.rename(text, at, "other"), /There is a stage “other” already/);
    assert.throws(() => language.rename("FROM a AS b\nRUNN x\n", { line: 1, column: 11 }, "c"), /Mend the Dockerfile/);
  });

  it("keeps apart stages of one name: the later one is meant from there on", () => {
    const twice = "FROM a AS x\nFROM x AS x\nFROM x\n";
    assert.equal(
      applied(twice, language.rename(twice, { line: 1, column: 11 }, "y")),
      "FROM a AS y\nFROM y AS x\nFROM x\n",
    );
  });
});

describe("formatting", () => {
  const formatted = (text: string): string => applied(text, language.format(text));

  it("puts instructions in capitals, lines in order, and a line between stages", () => {
    assert.equal(
      formatted("from  busybox as one   \n\n\n\nrun   a && \\\n\tb\n# about two\nfrom one\ncmd x"),
      "FROM busybox AS one\n\nRUN a && \\\n    b\n\n# about two\nFROM one\nCMD x\n",
    );
  });

  it("leaves alone what is quoted, here-documents and what is deeper", () => {
    const kept =
      'FROM a\nRUN echo "x \\\n y" && \\\n      true\nRUN <<EOF\n  one   \n\n\n two\nEOF\nCOPY <<-"END" /f\n\t x  \nEND\n';
    assert.equal(formatted(kept), kept);
  });

  it("does nothing to a text with a mistake, nor to directives", () => {
    assert.deepEqual(language.format("FROM a\nRUNN  x\n"), []);
    const kept = "\n# escape=`\nFROM a\n";
    assert.equal(formatted(kept), kept);
  });

  it("never changes what a Dockerfile says, and is done after once", () => {
    const golden = join(import.meta.dirname, "../../golden/dockerfile");
    let formattedCases = 0;
    for (const name of readdirSync(golden)) {
      const text = readFileSync(join(golden, name, "Dockerfile"), "utf8");
      const once = formatted(text);
      if (once !== text) {
        formattedCases++;
        assert.equal(formatted(once), once, name);
        assert.equal(parseDockerfile(once).stages.length, parseDockerfile(text).stages.length, name);
      }
    }
    assert.ok(formattedCases > 10, `${formattedCases} were changed`);
  });
});
