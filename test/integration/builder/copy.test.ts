import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { BuildError } from "#engine/builder/build-error.ts";
import { layerTar } from "#engine/diff/layer-tar.ts";
import type { Image } from "#engine/images/image-store.ts";
import type { LayerID } from "#engine/layers/layer-store.ts";
import { Machine, whyNot } from "./machine.ts";

describe("COPY and ADD", { skip: whyNot() ?? false }, () => {
  const machine = new Machine();
  before(async () => {
    await machine.start();
    await machine.addBusybox();
  });
  after(() => machine.dispose());

  /** Paths in an image built from scratch, directories with a final `/`. */
  async function tree(dockerfile: string, files: Record<string, string>, prepare?: (root: string) => void) {
    const { image } = await machine.buildIn(context(dockerfile, files, prepare));
    return machine.inspect(image, (root) => listing(root));
  }

  let contexts = 0;
  function context(dockerfile: string, files: Record<string, string>, prepare?: (root: string) => void): string {
    const root = path.join(machine.directory, `copy-${contexts++}`);
    for (const [name, content] of Object.entries({ Dockerfile: dockerfile, ...files })) {
      mkdirSync(path.dirname(path.join(root, name)), { recursive: true });
      writeFileSync(path.join(root, name), content);
    }
    prepare?.(root);
    return root;
  }

  const files = { "a.txt": "a", "b.txt": "b", "dir/c": "c", "dir/sub/d": "d" };
  const rules: [string, string[]][] = [
    ["COPY a.txt /x", ["x"]],
    ["COPY a.txt /x/", ["x/", "x/a.txt"]],
    ["COPY dir /x", ["x/", "x/c", "x/sub/", "x/sub/d"]],
    ["COPY dir/ /", ["c", "sub/", "sub/d"]],
    ["COPY dir a.txt /x/", ["x/", "x/a.txt", "x/c", "x/sub/", "x/sub/d"]],
    ["COPY *.txt /x/", ["x/", "x/a.txt", "x/b.txt"]],
    ["COPY d*/s* /x/", ["x/", "x/d"]],
    ["COPY none* a.txt /x/", ["x/", "x/a.txt"]],
    ["COPY dir/none* dir/none*/x a.txt/* b.txt /x/", ["x/", "x/b.txt"]],
    ["COPY --exclude=*.txt --exclude=Dockerfile . /x/", ["x/", "x/dir/", "x/dir/c", "x/dir/sub/", "x/dir/sub/d"]],
    ["COPY --parents dir/sub/d a.txt /x/", ["x/", "x/a.txt", "x/dir/", "x/dir/sub/", "x/dir/sub/d"]],
    ["COPY --exclude=c dir /x", ["x/", "x/sub/", "x/sub/d"]],
    ["COPY --exclude=dir/c dir /x", ["x/", "x/c", "x/sub/", "x/sub/d"]],
    ["COPY --exclude=* dir /x", ["x/"]],
    ["COPY --exclude=a.* *.txt /x/", ["x/", "x/b.txt"]],
    ["COPY --exclude=dir/c --parents dir /x/", ["x/", "x/dir/", "x/dir/sub/", "x/dir/sub/d"]],
    ["COPY --parents dir/./sub/d /x/", ["x/", "x/sub/", "x/sub/d"]],
    ["COPY --parents dir/./ /x/", ["x/", "x/c", "x/sub/", "x/sub/d"]],
    ["COPY --parents dir/./sub/./d /x/", ["x/", "x/sub/", "x/sub/d"]],
    ["COPY --parents d*/./s*/d /x/", ["x/", "x/sub/", "x/sub/d"]],
    ["COPY --parents **/c **/d /x/", ["x/", "x/dir/", "x/dir/c", "x/dir/sub/", "x/dir/sub/d"]],
    ["COPY --parents none* /x", ["x/"]],
    ["COPY *.txt /x", ["x"]],
    ["COPY dir a.txt /x", ["x/", "x/a.txt", "x/c", "x/sub/", "x/sub/d"]],
    ["COPY a.txt .", ["a.txt"]],
    ["COPY /../../a.txt /", ["a.txt"]],
    ['COPY ["a.txt", "/with space"]', ["with space"]],
    ["WORKDIR /w\nCOPY a.txt .", ["w/", "w/a.txt"]],
    ["WORKDIR /w\nCOPY a.txt sub/", ["w/", "w/sub/", "w/sub/a.txt"]],
    ["COPY a.txt /x\nCOPY b.txt /x", ["x"]],
  ];
  for (const [instructions, expected] of rules) {
    it(instructions, async () => {
      assert.deepEqual(await tree(`FROM scratch\n${instructions}\n`, files), expected);
    });
  }

  it("WORKDIR makes what a link on its way leads to", async () => {
    const steps = [
      "RUN ln -s /var/lib/deep /link",
      "WORKDIR /link",
      "COPY a.txt .",
      "WORKDIR /link/lower",
      "COPY b.txt .",
    ];
    const { image } = await machine.buildIn(context(`FROM busybox\n${steps.join("\n")}\nRUN test -f b.txt\n`, files));
    await machine.inspect(image, (root) => {
      assert.equal(readlinkSync(path.join(root, "link")), "/var/lib/deep");
      assert.deepEqual(listing(path.join(root, "var/lib/deep")), ["a.txt", "lower/", "lower/b.txt"]);
    });
    const circle = "FROM busybox\nRUN ln -s b /a; ln -s a /b\nWORKDIR /a/c\n";
    await assert.rejects(machine.build(circle), { message: /too many levels of symbolic links/ });
  });

  it("directories that nobody named are of a set-group-id directory's group, as BuildKit makes them, and so is WORKDIR", async () => {
    const steps = [
      "RUN mkdir -p /s/there && chmod 2770 /s && chown 0:50 /s",
      "COPY a.txt /s/file/",
      "COPY dir /s/dir",
      "COPY dir /s/there",
      "COPY --chown=7 dir /s/owned/dir",
      "WORKDIR /s/work/in",
      "COPY <<f /s/text/",
      "f",
    ];
    const { image } = await machine.buildIn(context(`FROM busybox\n${steps.join("\n")}\n`, files));
    await machine.inspect(image, (root) => {
      const told = (name: string): string => {
        const { mode, uid, gid } = lstatSync(path.join(root, "s", name));
        return `${name} ${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
      };
      const made = ["file", "dir", "owned", "owned/dir", "work", "work/in", "text"];
      assert.deepEqual(made.map(told), [
        "file 2755 0:50",
        "dir 2755 0:50",
        "owned 2755 7:7",
        "owned/dir 2755 7:7",
        "work 2755 0:50",
        "work/in 2755 0:50",
        "text 2755 0:50",
      ]);
      const copied = ["there", "there/sub", "dir/sub", "file/a.txt", "text/f"].map(told);
      assert.deepEqual(copied, [
        "there 755 0:0",
        "there/sub 755 0:0",
        "dir/sub 755 0:0",
        "file/a.txt 644 0:0",
        "text/f 644 0:0",
      ]);
    });
  });

  it("--chown=root needs no /etc/passwd, nor does USER root where WORKDIR is made", async () => {
    const steps = ["COPY --chown=root:root a.txt /x/", "COPY --chown=root dir /y", "USER root", "WORKDIR /w"];
    const made = await tree(`FROM scratch\n${steps.join("\n")}\n`, files);
    assert.deepEqual(made, ["w/", "x/", "x/a.txt", "y/", "y/c", "y/sub/", "y/sub/d"]);
    for (const owner of ["rooty", "root:nobody"]) {
      const refused = machine.build(`FROM scratch\nCOPY --chown=${owner} a.txt /x\n`, files);
      await assert.rejects(refused, /unable to find (user|group)/);
    }
  });

  it("--parents keeps links, and its patterns lead through none", async () => {
    const instructions =
      "COPY --parents dir/up li* */c /x/\nCOPY --parents linked/./c /y/\nCOPY --parents linked/c /z/\n";
    const made = await machine.buildIn(
      context(`FROM scratch\n${instructions}`, files, (root) => {
        symlinkSync("../a.txt", path.join(root, "dir/up"));
        symlinkSync("dir", path.join(root, "linked"));
        symlinkSync("nowhere", path.join(root, "linger"));
      }),
    );
    await machine.inspect(made.image, (root) => {
      const links = ["x/dir/up", "x/linked", "x/linger"].map((name) => readlinkSync(path.join(root, name)));
      assert.deepEqual(links, ["../a.txt", "dir", "nowhere"]);
      assert.deepEqual(readdirSync(path.join(root, "x/dir")).toSorted(), ["c", "up"]);
      assert.equal(readFileSync(path.join(root, "y/c"), "utf8"), "c");
      assert.equal(readFileSync(path.join(root, "z/linked/c"), "utf8"), "c");
    });
  });

  it("several sources that become one file: the last one is left, as with BuildKit", async () => {
    const { image } = await machine.buildIn(context("FROM scratch\nCOPY *.txt /x\n", files));
    await machine.inspect(image, (root) => assert.equal(readFileSync(path.join(root, "x"), "utf8"), "b"));
  });

  it("an octal --chmod is also the mode of directories that are made on the way; --parents keeps the source's", async () => {
    const prepare = (root: string): void => {
      chmodSync(path.join(root, "dir/sub"), 0o711);
      chmodSync(path.join(root, "dir"), 0o700);
      chmodSync(root, 0o711);
    };
    const dockerfile = [
      "FROM scratch",
      "COPY --chmod=750 a.txt /octal/deep/a.txt",
      "COPY --chmod=u=rwx,go= a.txt /words/a.txt",
      "COPY --parents dir/./sub/d /kept/",
      "COPY --parents --chmod=705 dir/./sub/d /both/",
      "COPY --parents dir/./ /in/",
      "COPY --parents . /all/",
    ].join("\n");
    const { image } = await machine.buildIn(context(dockerfile, files, prepare));
    await machine.inspect(image, (root) => {
      const mode = (name: string): string => (lstatSync(path.join(root, name)).mode & 0o7777).toString(8);
      const names = [
        "octal",
        "octal/deep",
        "words",
        "words/a.txt",
        "kept",
        "kept/sub",
        "both",
        "both/sub",
        "both/sub/d",
        "in",
        "all",
      ];
      assert.deepEqual(names.map(mode), ["750", "750", "755", "700", "755", "711", "705", "705", "705", "755", "755"]);
    });
  });

  it("keeps links below, follows a link that is named, and never leaves the context", async () => {
    const prepare = (root: string): void => {
      symlinkSync("a.txt", path.join(root, "link"));
      symlinkSync("/etc", path.join(root, "outside"));
      symlinkSync("../../../../../../etc/shadow", path.join(root, "dir/up"));
    };
    const dockerfile = "FROM scratch\nCOPY link /named\nCOPY dir /dir\n";
    const { image } = await machine.buildIn(context(dockerfile, files, prepare));
    await machine.inspect(image, (root) => {
      assert.equal(readFileSync(path.join(root, "named"), "utf8"), "a");
      assert.equal(readlinkSync(path.join(root, "dir/up")), "../../../../../../etc/shadow");
    });
    for (const source of ["outside/passwd", "dir/up", "outside"]) {
      const root = context(`FROM scratch\nCOPY ${source} /x\n`, files, prepare);
      await assert.rejects(machine.buildIn(root), /(?:not found|not) in the build context/);
    }
    const below = context("FROM scratch\nCOPY a.txt /f\nCOPY b.txt /f/x/y\n", files);
    await assert.rejects(machine.buildIn(below), { message: /^cannot copy into \/f\/x: the image has a file there/ });
  });

  it("writes through links of the image only within the image", async () => {
    const dockerfile = [
      "FROM busybox",
      "RUN ln -s /../../../../tmp /evil && mkdir /real && ln -s real /dirlink",
      "COPY a.txt /evil/drydock-escape",
      "COPY a.txt /dirlink/",
    ].join("\n");
    const { image } = await machine.buildIn(context(dockerfile, files));
    await machine.inspect(image, (root) => {
      assert.equal(readFileSync(path.join(root, "tmp/drydock-escape"), "utf8"), "a");
      assert.equal(readFileSync(path.join(root, "real/a.txt"), "utf8"), "a");
    });
    assert.throws(() => lstatSync("/tmp/drydock-escape"));
  });

  it("makes the same layer where the image has nothing as where it has files already", async () => {
    const root = context("", files, (at) => {
      symlinkSync("../c", path.join(at, "dir/up"));
      symlinkSync("/etc", path.join(at, "dir/absolute"));
      linkSync(path.join(at, "dir/c"), path.join(at, "dir/sub/second"));
      execFileSync("mkfifo", [path.join(at, "dir/fifo")]);
      mkdirSync(path.join(at, "dir/empty"));
      chmodSync(path.join(at, "dir/sub"), 0o2710);
      chmodSync(path.join(at, "dir/sub/d"), 0o4751);
      for (const name of ["dir/sub/d", "dir/empty", "dir/sub"]) utimesSync(path.join(at, name), 1e9, 1e9 + 0.5);
    });
    const image = async (lines: string[]) => {
      const dockerfile = { text: `FROM busybox\n${lines.join("\n")}\n`, name: "Dockerfile" };
      return (await machine.buildIn(root, { dockerfile })).image;
    };
    /** What the last layer has; of what nobody named not the time, which is that of the build. */
    const layerOf = async ({ layers }: Image) => {
      const entries = await machine.layers.entries(layers.at(-1) as LayerID, 1000);
      return entries.map(({ path: at, kind, file }) =>
        /^\/(?:x|real|made)(?:\/deep)*$/.test(at) ? [at, kind, file?.mode, file?.uid] : [at, kind, file],
      );
    };
    const before: [string, string][] = [
      ["", "/x"],
      ["", "/made/deep"],
      ["WORKDIR /x", "/x"],
      ["RUN mkdir -p /x/sub /x/below && echo c > /x/c && chmod 711 /x && rm -r /x/*", "/x"],
      ["RUN mkdir -p /x/sub/gone && echo c > /x/c\nRUN rm -r /x", "/x"],
      ["RUN mkdir -p /x/sub/gone && echo c > /x/c\nRUN rm -r /x/*", "/x"],
      ["RUN mkdir /real && ln -s /real /x", "/x"],
      ["RUN ln -s real /x", "/x"],
      ["RUN mkdir /x && echo own > /x/own", "/x"],
    ];
    for (const flags of ["", "--chown=app --chmod=u=rwX,go=rX"]) {
      for (const [steps, to] of before) {
        const once = await image([steps, `COPY ${flags} dir ${to}`]);
        // Of two sources the second goes among what is there: both are written through the mount.
        const twice = await image([steps, `COPY ${flags} dir dir ${to}/`]);
        assert.deepEqual(await layerOf(once), await layerOf(twice), `${flags} ${steps}`);
        const shown = await machine.inspect(once, listing);
        assert.deepEqual(shown, await machine.inspect(twice, listing), `${flags} ${steps}`);
        const real = steps.includes("ln -s") ? "/real" : to;
        assert.ok(shown.includes(`${real.slice(1)}/sub/d`), steps);
      }
    }
    const whole = await image(["FROM scratch", "COPY dir /"]);
    assert.deepEqual(await machine.inspect(whole, (at) => listing(path.join(at, "sub"))), ["d", "second"]);
  });

  it("suggests the file that was meant", async () => {
    await assert.rejects(machine.build("FROM scratch\nCOPY a.tx /\n", files), (error) => {
      assert.ok(error instanceof BuildError);
      assert.equal(error.message, `COPY failed: "a.tx": not found in the build context (did you mean a.txt?)`);
      assert.equal(error.range?.startLine, 2);
      return true;
    });
    // a pattern may match nothing, but where it is to be looked for has to be there
    await assert.rejects(machine.build("FROM scratch\nCOPY di/* a.txt /x/\n", files), {
      message: `COPY failed: "di": not found in the build context (did you mean dir?)`,
    });
  });

  it("names the files that there are where none is like the one that is missing", async () => {
    const hints: [string, string | undefined][] = [
      ["COPY server.py /", "there are .dockerignore, Dockerfile, a.txt, b.txt, dir/"],
      ["COPY dir/server.py /", "there are dir/c, dir/sub/"],
      ["COPY none/at/all /", "there are .dockerignore, Dockerfile, a.txt, b.txt, dir/"],
      ["COPY a.tx /", undefined],
      ["FROM scratch\nCOPY --from=0 /dir/sub/server.py /", "there is only dir/sub/d"],
    ];
    for (const [instruction, hint] of hints) {
      const given = { ...files, secret: "s", ".dockerignore": "secret" };
      await assert.rejects(
        machine.build(`FROM scratch\nCOPY dir /dir\n${instruction}\n`, given),
        { hint },
        instruction,
      );
    }
  });

  it("keeps modes and times, not owners, of the context; modes count for the cache and times do not", async () => {
    const root = context("FROM scratch\nCOPY dir /x\n", files, (at) => {
      execFileSync("chown", ["-R", "1234:1234", at]);
      execFileSync("chmod", ["4751", path.join(at, "dir/c")]);
      execFileSync("touch", ["-d", "2020-01-02T03:04:05Z", path.join(at, "dir/c")]);
    });
    const first = await machine.buildIn(root);
    await machine.inspect(first.image, (at) => {
      const stat = lstatSync(path.join(at, "x/c"));
      assert.deepEqual([stat.uid, stat.gid, stat.mode & 0o7777], [0, 0, 0o4751]);
      assert.equal(stat.mtime.toISOString(), "2020-01-02T03:04:05.000Z");
    });
    execFileSync("touch", [path.join(root, "dir/c")]);
    assert.equal((await machine.buildIn(root)).image.id, first.image.id);
    execFileSync("chmod", ["755", path.join(root, "dir/c")]);
    assert.notEqual((await machine.buildIn(root)).image.id, first.image.id);
  });

  it("ADD extracts local archives, and copies what only looks like one", async () => {
    const root = context("FROM scratch\nADD a.tar.gz fake.gz /x/\nCOPY a.tar.gz /\n", files, (at) => {
      execFileSync("tar", ["-czf", path.join(at, "a.tar.gz"), "-C", at, "dir", "a.txt"]);
      writeFileSync(path.join(at, "fake.gz"), Buffer.from([0x1f, 0x8b, 1, 2, 3]));
    });
    const { image } = await machine.buildIn(root);
    assert.deepEqual(await machine.inspect(image, listing), [
      "a.tar.gz",
      "x/",
      "x/a.txt",
      "x/dir/",
      "x/dir/c",
      "x/dir/sub/",
      "x/dir/sub/d",
      "x/fake.gz",
    ]);
  });

  it("ADD --chown is for what an archive holds, too, but where the classic builder's ways are asked for", async () => {
    const root = context("FROM scratch\nADD --chown=5:6 a.tar /x/\n", files, (at) => {
      execFileSync("tar", ["--owner=7", "--group=8", "-cf", path.join(at, "a.tar"), "-C", at, "dir", "a.txt"]);
    });
    const owners = async (more: Parameters<typeof machine.buildIn>[1]): Promise<string[]> => {
      const { image } = await machine.buildIn(root, more);
      return machine.inspect(image, (at) =>
        ["x/a.txt", "x/dir", "x/dir/sub/d"].map((name) => {
          const { uid, gid } = lstatSync(path.join(at, name));
          return `${uid}:${gid}`;
        }),
      );
    };
    assert.deepEqual(await owners({}), ["5:6", "5:6", "5:6"]);
    const classic = await owners({ steps: { planned: () => undefined, image: () => undefined } });
    assert.deepEqual(classic, ["7:8", "7:8", "7:8"]);
  });

  it("ADD does not fetch from inside this machine's network", async () => {
    for (const url of ["http://127.0.0.1:1/x", "http://localhost:1/x", "http://169.254.169.254/latest"]) {
      await assert.rejects(machine.build(`FROM scratch\nADD ${url} /\n`), /rule "privateAddresses"/);
    }
  });

  it("--link makes a layer of its own that stays when the base changes", async () => {
    const dockerfile = (base: string): string =>
      `FROM busybox\nRUN echo ${base} > /base && ln -s /etc /x\nCOPY --link --chown=3:4 dir /x/\n`;
    const first = await machine.build(dockerfile("one"), files);
    await machine.inspect(first.image, (root) => {
      // an empty layer knows of no links below it
      assert.ok(lstatSync(path.join(root, "x")).isDirectory());
      assert.equal(lstatSync(path.join(root, "x/sub/d")).uid, 3);
    });
    const second = await machine.build(dockerfile("two"), files);
    const diffIds = [first, second].map(({ image }) => image.config.rootfs.diff_ids);
    assert.notEqual(diffIds[0]?.at(-2), diffIds[1]?.at(-2));
    assert.equal(diffIds[0]?.at(-1), diffIds[1]?.at(-1));
    await machine.inspect(second.image, (root) => {
      assert.equal(readFileSync(path.join(root, "base"), "utf8"), "two\n");
      assert.equal(readFileSync(path.join(root, "x/sub/d"), "utf8"), "d");
    });
  });

  it("refuses impossible destinations with a reason", async () => {
    for (const [instructions, message] of [
      ["COPY a.txt dir /x", /non-directory/],
      ["COPY dir /x\nCOPY dir/c /x/sub", /sub\/c|x/],
      ["COPY a.txt /x\nCOPY dir /x", /non-directory/],
      ["COPY --chmod=9 a.txt /x", /invalid chmod/],
      ["COPY --chown=nobody-here a.txt /x", /unable to find user/],
      ["COPY --from=nope a /x", /cannot be pulled/],
      ["COPY --from=3 a /x", /invalid stage index 3/],
      ["COPY --from=0 a /x", /circular dependency detected/],
    ] as const) {
      const build = machine.build(`FROM scratch\n${instructions}\n`, files);
      if (instructions.endsWith("/sub")) {
        await build;
      } else {
        await assert.rejects(build, message, instructions);
      }
    }
  });

  it("runs ONBUILD triggers of the base in the stage that is FROM it", async () => {
    const base = "FROM busybox\nONBUILD COPY a.txt /from-child\nONBUILD RUN cat /from-child > /seen\n";
    const parent = await machine.build(base, {}, { tags: ["base:latest"] });
    assert.deepEqual(parent.image.config.config?.OnBuild, ["COPY a.txt /from-child", "RUN cat /from-child > /seen"]);
    const child = await machine.build("FROM base\nCMD x\n", files);
    assert.equal(child.image.config.config?.OnBuild, undefined);
    await machine.inspect(child.image, (root) => {
      assert.equal(readFileSync(path.join(root, "seen"), "utf8"), "a");
    });
  });

  it("finds COPY --from in the cache by content when the stage ran again to the same end", async () => {
    const dockerfile = (text: string): string =>
      `FROM busybox AS build\nRUN echo same > /out # ${text}\nFROM scratch\nCOPY --from=build /out /\n`;
    const first = await machine.build(dockerfile("one"));
    const second = await machine.build(dockerfile("two"));
    assert.equal(second.image.id, first.image.id);
  });

  it("finds a RUN in the cache by what it mounts of a stage that ran again; anything else of it runs it again", async () => {
    const run = "RUN --mount=from=build,source=/d,target=/m,rw cat /m/f > /copy; touch /m/new; date +%N > /when";
    const build = async (text: string, made: string) =>
      (await machine.build(`FROM busybox AS build\nRUN mkdir d; ${made} # ${text}\nFROM busybox\n${run}\n`)).image.id;
    const first = await build("one", "echo same > d/f");
    assert.equal(await build("two", "echo same > d/f; echo more > elsewhere"), first);
    const others = [
      await build("three", "echo other > d/f"),
      await build("four", "echo same > d/f; chmod 700 d"),
      await build("five", "echo same > d/f; ln -s f d/g"),
    ];
    assert.equal(new Set([first, ...others]).size, 4);
    await assert.rejects(build("six", "rmdir d"), /RUN --mount failed: "\/d": not found in what the mount is from/);
  });

  it("passes sockets over, of the context and of what a layer is made of", async () => {
    const root = machine.context({ Dockerfile: "FROM busybox\nCOPY d /d\n", "d/file": "" });
    const server = createServer().listen(path.join(root, "d/socket"));
    await once(server, "listening");
    try {
      const { image } = await machine.buildIn(root);
      assert.deepEqual(await machine.inspect(image, (at) => readdirSync(path.join(at, "d"))), ["file"]);
      const copying = (line: string) =>
        machine.buildIn(root, { dockerfile: { text: `FROM scratch\n${line}\n`, name: "x" } });
      await assert.rejects(
        copying("COPY d/socket /s"),
        /COPY failed: "d\/socket" is a socket: the build context has files/,
      );
      const matching = (await copying("COPY d/* /e/")).image;
      assert.deepEqual(await machine.inspect(matching, (at) => readdirSync(path.join(at, "e"))), ["file"]);
      const archive: Buffer[] = [];
      const tree = { dir: path.join(root, "d"), format: "overlay" as const, parents: [] };
      for await (const piece of layerTar(tree)) archive.push(piece);
      const { stdout } = spawnSync("tar", ["-t"], { input: Buffer.concat(archive), encoding: "utf8" });
      assert.deepEqual(stdout.trim().split("\n"), ["file"]);
    } finally {
      server.close();
    }
  });
});

function listing(root: string, below = ""): string[] {
  return readdirSync(path.join(root, below))
    .toSorted()
    .flatMap((name) => {
      const at = below === "" ? name : `${below}/${name}`;
      return lstatSync(path.join(root, at)).isDirectory() ? [`${at}/`, ...listing(root, at)] : [at];
    });
}
