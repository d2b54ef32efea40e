import assert from "node:assert/strict";
import { linkSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { Machine, whyNot } from "./machine.ts";

describe("COPY of what patterns find", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  let context = "";
  before(async () => {
    await machine.start();
    await machine.addBusybox();
    context = path.join(machine.directory, "patterns");
    mkdirSync(path.join(context, "dir/sub"), { recursive: true });
    for (const name of ["a.txt", "dir/c.txt", "dir/sub/d.txt", "hard1"]) {
      writeFileSync(path.join(context, name), name);
    }
    symlinkSync("dir", path.join(context, "link"));
    linkSync(path.join(context, "hard1"), path.join(context, "hard2"));
    mkdirSync(path.join(context, "other"));
    linkSync(path.join(context, "hard1"), path.join(context, "other/hard3"));
  });
  after(() => machine.dispose());

  /** What is below / of an image made from scratch: kind and permissions, number of names, path. */
  async function made(...lines: string[]): Promise<string[]> {
    writeFileSync(path.join(context, "Dockerfile"), ["FROM scratch", ...lines].join("\n"));
    const { image } = await machine.buildIn(context);
    return machine.inspect(image, (root) =>
      (readdirSync(root, { recursive: true }) as string[]).toSorted().map((name) => {
        const { mode, nlink } = statSync(path.join(root, name));
        return `${mode.toString(8)}${nlink > 1 && (mode & 0o100000) !== 0 ? ` x${nlink}` : ""} ${name}`;
      }),
    );
  }

  it("a pattern leads through no link, what stands before it does", async () => {
    assert.deepEqual(await made("COPY l*/c.txt a.txt /x/"), ["40755 x", "100644 x/a.txt"]);
    assert.deepEqual(await made("COPY link/*.txt /x/"), ["40755 x", "100644 x/c.txt"]);
    assert.deepEqual(await made("COPY d*/c.txt /x/"), ["40755 x", "100644 x/c.txt"]);
  });

  it("a pattern that finds nothing makes nothing, not even the destination", async () => {
    const file = "COPY a.txt /file";
    assert.deepEqual(await made(file, "COPY --exclude=b none* /file/", "COPY none* /x/y/"), ["100644 file"]);
    assert.deepEqual(await made("COPY --parents none* /x/y/"), ["40755 x", "40755 x/y"]);
  });

  it("directories on the way get the source's mode where there are some, once in a copy, and take no link's place", async () => {
    const modes = async (copy: string) => (await made(copy)).filter((line) => line.endsWith("/dir"));
    assert.deepEqual(await modes("COPY --parents --chmod=711 d*/* /x/"), ["40711 x/dir"]);
    assert.deepEqual(await modes("COPY --parents --chmod=711 dir/*.txt dir/sub /x/"), ["40755 x/dir"]);
    await assert.rejects(made("COPY --parents link /x/", "COPY --parents link/c.txt /x/"), /copy to non-directory/);
  });

  it("names of one file are files of their own, but within a directory or a source of --parents", async () => {
    assert.deepEqual(await made("COPY hard* /x"), ["100644 x"]);
    assert.deepEqual(await made("COPY hard* other /x/"), [
      "40755 x",
      "100644 x/hard1",
      "100644 x/hard2",
      "100644 x/hard3",
    ]);
    assert.deepEqual(await made("COPY --parents hard* other /x/"), [
      "40755 x",
      "100644 x2 x/hard1",
      "100644 x2 x/hard2",
      "40755 x/other",
      "100644 x/other/hard3",
    ]);
  });

  it("directories made on the way get the permissions of --chmod without its set-id bits", async () => {
    assert.deepEqual(await made("COPY --chmod=4751 a.txt /x/y/"), ["40751 x", "40751 x/y", "104751 x/y/a.txt"]);
    assert.deepEqual(await made("COPY --chmod=go=u-w a.txt /x/"), ["40755 x", "100644 x/a.txt"]);
    const all = await made("COPY --parents ** /x/");
    const linked = all.filter((line) => line.includes("hard"));
    assert.deepEqual(linked, ["100644 x3 x/hard1", "100644 x3 x/hard2", "100644 x3 x/other/hard3"], "found twice");
  });

  describe("of .dockerignore", () => {
    const files = { "a.txt": "a", "b.txt": "b", "dir/c": "c", "dir/sub/d": "d" };
    const refused = /excluded by \.dockerignore/;

    async function copied(copy: string, ignored: Record<string, string>): Promise<string[]> {
      const { image } = await machine.build(`FROM scratch\nCOPY ${copy}\n`, { ...files, ...ignored });
      return machine.inspect(image, (root) => (readdirSync(root, { recursive: true }) as string[]).toSorted());
    }

    it("are left out, and a source that they hide is told", async () => {
      const ignored = { ".dockerignore": "*.txt\n!b.txt\ndir/sub\n" };
      const left = ["x", "x/.dockerignore", "x/Dockerfile", "x/b.txt", "x/dir", "x/dir/c"];
      assert.deepEqual(await copied(". /x", ignored), left);
      await assert.rejects(copied("a.txt /", ignored), refused);
      const own = { "Dockerfile.dockerignore": "*\n!a.txt\n", ".dockerignore": "a.txt\n" };
      assert.deepEqual(await copied(". /", own), ["a.txt"]);
    });

    it("hide what is named itself, too, where others take files back in", async () => {
      const ignored = { ".dockerignore": "*\n!**/*.txt\na.txt\n", "kept/b.txt": "b" };
      for (const source of ["a.txt", "dir", "Dockerfile"]) {
        await assert.rejects(copied(`${source} /x/`, ignored), refused, source);
      }
      assert.deepEqual(await copied("* kept /x/", ignored), ["x", "x/b.txt"]);
    });
  });
});
