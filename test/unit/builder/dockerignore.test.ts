import assert from "node:assert/strict";
import { test } from "node:test";
import { IgnoreRules } from "../../../server/engine/builder/dockerignore.ts";
import { matcher } from "../../../server/engine/builder/glob.ts";

/** rules, then what they ignore and what not */
const cases: [string, string[], string[]][] = [
  ["node_modules", ["node_modules", "node_modules/a/b"], ["x/node_modules", "node_modules2"]],
  ["**/node_modules", ["node_modules", "a/node_modules/x", "a/b/node_modules"], ["a/node_modules2"]],
  ["*.md\n!README.md", ["a.md"], ["README.md", "docs/a.md"]],
  ["*.md\n!README*.md\nREADME-secret.md", ["a.md", "README-secret.md"], ["README-x.md"]],
  ["*/temp*", ["a/temp", "a/temporary.txt"], ["temp", "a/b/temp"]],
  ["*/*/temp*", ["a/b/temp.txt"], ["a/temp"]],
  ["temp?", ["tempa", "temp1"], ["temp", "tempab"]],
  ["/build/", ["build", "build/x"], ["a/build"]],
  ["./a/../b", ["b"], ["a"]],
  ["../b\n/../c\na/../../d", ["c"], ["b", "d"]],
  [".\n/\n./", [], ["a"]],
  ["/**/x", ["x", "a/x", "a/b/x"], ["a/xy"]],
  // what ** is where no slash follows it is moby/patternmatcher's rule: any directories, but any text at either end
  ["a**b", ["ab", "a/b", "ax/b", "a/x/b"], ["a", "axb"]],
  ["**.go", ["x.go", "a/x.go", ".go"], ["x.gox"]],
  ["**[ab]x", ["ax", "y/bx"], ["yax"]],
  ["a***b", ["ab", "axb", "a/xb", "ax/yb"], ["b"]],
  ["a**", ["a", "ab", "a/b", "abc/d"], ["ba"]],
  ["*/a**c?", ["x/acd", "x/a/b/cd"], ["x/abcd", "acd"]],
  ["a[^b]c", ["axc", "a/c"], ["abc"]],
  [String.raw`[\-a]` + String.raw`[\]x]`, [], []],
  ["**/.git/", [".git", "a/.git/x"], ["a/.gitx"]],
  [" ! keep \n*\n! keep ", ["a"], ["keep"]],
  ["🙂?", ["🙂a", "🙂🙂"], ["🙂", "🙂ab"]],
  ["a\\ b\nc d", ["a b", "c d"], ["c", "a"]],
  ["[!a]", ["!", "a"], ["b"]],
  ["#a\n #b\n\\#c", ["#b", "#c"], ["#a"]],
  ["a.b\n(c)\n$d\n{e}\nf+", ["a.b", "(c)", "$d", "{e}", "f+"], ["axb", "c", "ff"]],
  ["# comment\n\n  spaced  \n", ["spaced"], ["# comment"]],
  ["**", ["a", "a/b"], []],
  ["*\n!src\n!src/**", ["a"], ["src", "src/x"]],
  ["**/*.log\n!keep.log", ["a/b.log", "b.log"], ["keep.log"]],
  ["[a-c].txt", ["a.txt", "c.txt"], ["d.txt"]],
  ["[^a].txt", ["b.txt"], ["a.txt"]],
  [String.raw`\*.txt`, ["*.txt"], ["a.txt"]],
  ["\uFEFFa\r\nb\r\n", ["a", "b"], ["c"]],
  ["a/**/z", ["a/z", "a/b/c/z"], ["a/zz"]],
  ["docs\n!docs/keep", ["docs/x"], ["docs/keep", "docs/keep/y"]],
  [".git", [".git", ".git/HEAD"], ["a.git", ".gitignore"]],
];

test(`${cases.length} files of rules`, () => {
  for (const [rules, ignored, kept] of cases) {
    const parsed = IgnoreRules.parse(rules);
    for (const path of ignored) {
      assert.equal(parsed.ignores(path), true, `${JSON.stringify(rules)}: ${path} is ignored`);
    }
    for (const path of kept) {
      assert.equal(parsed.ignores(path), false, `${JSON.stringify(rules)}: ${path} is kept`);
    }
  }
});

test("an ignored directory is entered only when something below may be kept", () => {
  assert.equal(IgnoreRules.parse("docs\n!docs/keep").mayKeepBelow("docs"), true);
  assert.equal(IgnoreRules.parse("docs\n!other").mayKeepBelow("docs"), false);
  assert.equal(IgnoreRules.parse("docs\n!**/x").mayKeepBelow("docs"), true);
});

test("a file of too many rules is refused", () => {
  assert.throws(() => IgnoreRules.parse("a\n".repeat(6000)), { name: "InvalidArgument" });
  assert.throws(() => IgnoreRules.parse("*".repeat(200)), { name: "InvalidArgument" });
});

test("a ! alone and a bracket that is not closed are refused", () => {
  for (const wrong of ["!", "!/", "!//", "[a", "[]a]", "[-a]", "[a-]", "[]", "a\\\\\\"]) {
    assert.throws(() => IgnoreRules.parse(wrong), { name: "InvalidArgument" }, wrong);
  }
});

test("COPY's patterns are Go's filepath.Match", () => {
  for (const [pattern, name, expected] of [
    ["*", "abc", true],
    ["a*c", "abbc", true],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["[a-c]x", "bx", true],
    ["[^a-c]x", "bx", false],
    [String.raw`a\*`, "a*", true],
    ["*.txt", "a.txt.bak", false],
    ["file.tx[t]", "file.txt", true],
    ["a.c", "abc", false],
  ] as const) {
    assert.equal(matcher(pattern)(name), expected, `${pattern} on ${name}`);
  }
});

test("hostile patterns end in time", () => {
  const rules = IgnoreRules.parse(`${"*a".repeat(60)}b\n${"**/".repeat(40)}b`);
  assert.equal(rules.ignores("a".repeat(255)), false);
  assert.equal(rules.ignores("a/".repeat(100).slice(0, -1)), false);
});
