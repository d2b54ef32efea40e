import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { explain } from "../../../app/components/editor/language/explain.ts";
import { instructions } from "../../../app/components/editor/language/instructions.ts";
import { DockerfileLanguage } from "../../../server/language/language-service.ts";

const language = new DockerfileLanguage(instructions);
const knowledge = { images: [], files: ["Makefile", "docs/", "docs/a.md", "src/", "src/main.c", "src/util.c"] };
const day = 86_400_000;
const things = {
  images: [
    { id: "sha256:1", names: ["busybox:latest", "busybox:1.36"], size: 4_260_000, createdAt: Date.now() - 2 * day },
    { id: "sha256:2", names: ["debian:12"], size: 100_000_000, createdAt: Date.now() - 3 * day },
  ],
  sizes: new Map([
    ["Makefile", 100],
    ["docs/", undefined],
    ["docs/a.md", 50],
    ["src/main.c", 1000],
    ["src/util.c", 500],
  ]),
};

/** What is shown at the `|` of a text, and of which piece; undefined: nothing. */
function pointed(marked: string): [piece: string, ...shown: string[]] | undefined {
  const before = marked.slice(0, marked.indexOf("|")).split("\n");
  const text = marked.replace("|", "");
  const at = { line: before.length, column: (before.at(-1) ?? "").length + 1 };
  const found = language.hover(text, at, knowledge);
  if (found === undefined) return undefined;
  const { startLine, startColumn, endColumn } = found.range;
  const piece = (text.split("\n")[startLine - 1] ?? "").slice(startColumn - 1, endColumn - 1);
  const shown = explain(found.meaning, things).map(({ value }) => value.replaceAll("\u00a0", " "));
  return [piece, ...shown];
}

describe("what is pointed at in a Dockerfile", () => {
  it("is an instruction: how it is written, what it does, its flags", () => {
    const [piece, form, about] = pointed("FROM busybox\nCO|PY a b") ?? [];
    assert.deepEqual([piece, form], ["COPY", "`COPY [--from=STAGE] SOURCE... DESTINATION`"]);
    assert.match(about ?? "", /^Copies files from .*\n\n- `--from=` a stage,/s);
    assert.equal(pointed("FROM busybox\nONBUILD R|UN true")?.[0], "RUN");
    assert.equal(pointed("FROM busybox\n# RU|N true"), undefined);
  });

  it("is a flag, of mounts that of its type", () => {
    const from = "FROM a\n";
    assert.deepEqual(pointed(`${from}COPY --ch|own=1:1 a b`)?.slice(0, 2), ["--chown=1:1", "`--chown=`"]);
    assert.match(pointed(`${from}RUN --mount=target=/c,type=ca|che make`)?.[1] ?? "", /type=cache/);
    assert.match(pointed(`${from}RUN --mo|unt=target=/c make`)?.[1] ?? "", /type=bind/);
    assert.equal(pointed(`${from}RUN make --net|work=none`), undefined, "an argument of make");
  });

  it("is a stage, wherever it is named", () => {
    const stages = "FROM busybox AS one\nFROM debian:12\n";
    const shown = ["`FROM busybox AS one`", "A stage, begun on line 1."];
    assert.deepEqual(pointed("FROM busybox AS o|ne"), ["one", ...shown]);
    assert.deepEqual(pointed(`${stages}FROM o|ne`), ["one", ...shown]);
    assert.deepEqual(pointed(`${stages}COPY --from=o|ne /a /b`), ["one", ...shown]);
    assert.deepEqual(pointed(`${stages}COPY --from=|0 /a /b`), ["0", ...shown]);
    assert.deepEqual(pointed(`${stages}RUN --mount=type=bind,from=on|e,target=/m true`), ["one", ...shown]);
    assert.deepEqual(pointed(`${stages}COPY --fr|om=one /a /b`)?.[1], "`--from=`");
  });

  it("is an image: whether it is here, how large, and with which other tags", () => {
    assert.deepEqual(pointed("FROM --platform=linux/amd64 busy|box AS x"), [
      "busybox",
      "`busybox:latest`",
      "It is here: 4.26 MB, made 2 days ago.",
      "Also here: `busybox:1.36`",
    ]);
    assert.deepEqual(pointed("FROM docker.io/library/debian:1|2")?.[1], "`debian:12`");
    assert.deepEqual(pointed("FROM python:3.|12"), [
      "python:3.12",
      "`python:3.12`",
      "It is not here yet: the build gets it.",
    ]);
    assert.equal(pointed("FROM a\nCOPY --from=deb|ian:12 /a /b")?.[1], "`debian:12`");
    assert.match(pointed("FROM scr|atch")?.[2] ?? "", /nothing in it/);
  });

  it("is a variable: where it is set, as far as that is seen from there", () => {
    const text =
      "ARG V=3\nFROM python:${V} AS one\nENV A=1 B='two words'\nARG V\nRUN echo $V ${A:-x} $B $c\nFROM one\n";
    const set = (marked: string): (string | undefined)[] => {
      const [piece, lines] = pointed(marked) ?? [];
      return [piece, lines];
    };
    assert.deepEqual(set(text.replace("${V}", "${|V}")), ["${V}", "- `ARG V=3` line 1"]);
    assert.deepEqual(set(text.replace("$V", "$|V")), ["$V", "- `ARG V=3` line 1\n- `ARG V` line 4"]);
    assert.deepEqual(set(text.replace("${A", "${A|")), ["${A:-x}", "- `ENV A=1` line 3"]);
    assert.deepEqual(set(text.replace("$B", "|$B")), ["$B", "- `ENV B='two words'` line 3"]);
    assert.equal(pointed(text.replace("$c", "$|c")), undefined, "the shell's own");
    assert.deepEqual(set(text.replace("ENV A", "ENV |A")), ["A", "- `ENV A=1` line 3"]);
    assert.deepEqual(set(`${text}RUN echo $|A`), ["$A", "- `ENV A=1` line 3"], "inherited");
    assert.equal(pointed(`${text}RUN echo $|V`), undefined, "an ARG is not");
  });

  it("is what of the context is copied", () => {
    assert.deepEqual(pointed("FROM a\nCOPY Make|file /"), [
      "Makefile",
      "`Makefile`",
      "1 file of the build context, 100 B.",
    ]);
    assert.equal(pointed("FROM a\nCOPY ./sr|c/ /")?.[2], "2 files of the build context, 1.5 kB.");
    assert.equal(pointed("FROM a\nCOPY */*.m|d \\\n  x /")?.[2], "1 file of the build context, 50 B.");
    assert.equal(pointed("FROM a\nCOPY |. /")?.[2], "4 files of the build context, 1.65 kB.");
    assert.deepEqual(pointed('FROM a\nCOPY ["Make|file", "/"]')?.slice(0, 2), ["Makefile", "`Makefile`"]);
    assert.equal(pointed("FROM a\nCOPY nothi|ng /")?.[2], "The build context has no such file.");
    for (const other of [
      "COPY a /d|est",
      "COPY --from=x /s|rc /",
      "ADD https://x.e|xample/ /",
      "RUN make Make|file x",
    ]) {
      assert.equal(pointed(`FROM a\n${other}`), undefined, other);
    }
  });

  it("is found in texts that have a mistake elsewhere", () => {
    assert.equal(pointed("FORM x\nFROM bus|ybox\nRUNN y")?.[0], "busybox");
    assert.equal(pointed("|"), undefined);
  });
});
