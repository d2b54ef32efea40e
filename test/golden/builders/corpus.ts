import { execFileSync } from "node:child_process";
import {
  chmodSync,
  linkSync,
  lutimesSync,
  mkdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";

/** A Dockerfile that dockerd's two builders built once (`record.ts`), and that ours is to build to the same image. */
export interface Case {
  dockerfile: string;
  /** why ours is otherwise than one of them */
  differs: { classic?: string; buildkit?: string };
}

/** The context of all cases: files of every kind that a learner's directory may have. */
export function makeContext(root: string): void {
  const write = (name: string, content: string | Buffer, mode = 0o644): void => {
    const file = path.join(root, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
  };
  write("a.txt", "a\n");
  write("b.txt", "b\n");
  write("run.sh", "#!/bin/sh\necho hello\n", 0o755);
  write("private", "secret\n", 0o600);
  write("setuid", "x\n", 0o4755);
  write("setgid", "x\n", 0o2755);
  write("empty", "");
  write("with space.txt", "space\n");
  write("[brackets].txt", "brackets\n");
  write("ünïcode.txt", "unicode\n");
  write("dir/c.txt", "c\n");
  write("dir/.hidden", "h\n");
  write("dir/sub/d.txt", "d\n");
  write("dir/sub/deeper/e.txt", "e\n");
  write(`long/${"n".repeat(120)}/${"m".repeat(200)}`, "long\n");
  write("other/f.txt", "f\n");
  write("Makefile", "all:\n\techo\n");
  mkdirSync(path.join(root, "emptydir"));
  chmodSync(path.join(root, "emptydir"), 0o700);
  mkdirSync(path.join(root, "sticky"));
  chmodSync(path.join(root, "sticky"), 0o1777);
  symlinkSync("a.txt", path.join(root, "link"));
  symlinkSync("nowhere", path.join(root, "dangling"));
  symlinkSync("dir", path.join(root, "linkdir"));
  symlinkSync("../a.txt", path.join(root, "dir/up"));
  symlinkSync("/etc/passwd", path.join(root, "dir/absolute"));
  write("hard/one", "hard\n");
  linkSync(path.join(root, "hard/one"), path.join(root, "hard/two"));
  write("sparse", "start");
  truncateSync(path.join(root, "sparse"), 3_000_000);
  write("pack/in.txt", "packed\n");
  write("pack/sub/exe", "packed\n", 0o755);
  symlinkSync("in.txt", path.join(root, "pack/ln"));
  setTimes(root);
  const archive = (name: string, ...flags: string[]): void => {
    const file = path.join(root, name);
    execFileSync("tar", [...flags, "--owner=7", "--group=8", "-cf", file, "-C", path.join(root, "pack"), "."]);
    setTime(file);
  };
  archive("p.tar");
  archive("p.tar.gz", "-z");
  archive("p.tar.bz2", "-j");
  archive("p.tar.xz", "-J");
  execFileSync("gzip", ["-kn", path.join(root, "Makefile")]);
  setTime(path.join(root, "Makefile.gz"));
  const attributes = path.join(root, "pack/sub/exe");
  execFileSync("setfattr", ["-n", "security.capability", "-v", netBindService, attributes]);
  execFileSync("setfattr", ["-n", "user.note", "-v", "kept", attributes]);
  const headers = "--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime";
  archive("attributes.tar", "--xattrs", "--xattrs-include=*", "--sort=name", headers);
  execFileSync("setfattr", ["-x", "security.capability", attributes]);
  execFileSync("setfattr", ["-x", "user.note", attributes]);
  write("fake.tar", "this is no tar\n");
  setTime(path.join(root, "fake.tar"));
}

const old = 1_600_000_000.123_456;
/** `cap_net_bind_service=ep`, as the kernel keeps it (capabilities(7), vfs_cap_data revision 2) */
const netBindService = "0x0100000200040000000000000000000000000000";

function setTimes(root: string): void {
  for (const name of execFileSync("find", [root, "-depth", "-mindepth", "1", "-print0"]).toString().split("\0")) {
    if (name !== "") {
      setTime(name);
    }
  }
}

function setTime(file: string): void {
  lutimesSync(file, old, old);
}

const copies: string[] = [
  "COPY a.txt /x",
  "COPY a.txt /x/",
  "COPY a.txt b.txt /x/",
  "COPY dir /x",
  "COPY dir /x/",
  "COPY dir/ /x",
  "COPY dir/. /x",
  "COPY dir/sub /x/y/z",
  "COPY . /all/",
  "COPY *.txt /x/",
  "COPY d*/*.txt /x/",
  "COPY *i* /x/",
  "COPY [ab].txt /x/",
  "COPY ?.txt /x/",
  'COPY ["with space.txt", "/dest with space/"]',
  "COPY [[]brackets].txt /x/",
  "COPY ünïcode.txt /x/",
  "COPY private setuid setgid run.sh /x/",
  "COPY emptydir /x/",
  "COPY emptydir sticky /x/",
  "COPY sticky /x",
  "COPY link /x",
  "COPY link /x/",
  "COPY linkdir /x",
  "COPY linkdir/c.txt /x",
  "COPY dir /x\nCOPY other /x",
  "COPY hard /x",
  "COPY hard/one hard/two /x/",
  "COPY sparse /x",
  "COPY long /x",
  "COPY --chown=1:2 dir /x",
  "COPY --chown=1 a.txt /x/y/z",
  "COPY --chown=user dir /x",
  "COPY --chown=user:staff a.txt /x",
  "COPY --chown=:staff a.txt /x",
  "COPY --chown=1000:staff a.txt /x",
  "WORKDIR /w\nCOPY a.txt .",
  "WORKDIR /w\nCOPY a.txt ./",
  "WORKDIR /w\nCOPY a.txt sub/",
  "WORKDIR /w/v\nCOPY a.txt ../u",
  "WORKDIR /w\nUSER user\nWORKDIR /w/v\nWORKDIR u\nCOPY a.txt .",
  "USER user\nWORKDIR /home/user/app\nCOPY a.txt .\nCOPY dir d",
  "USER 5:6\nWORKDIR /n1/n2\nRUN id -g > out",
  "COPY a.txt /etc/passwd2\nCOPY b.txt /etc/passwd2",
  "COPY a.txt /ln/x",
  "COPY a.txt /lndir",
  "COPY dir /lndir/",
  "COPY dir /lndir",
  "COPY a.txt /lnfile",
  "COPY a.txt /dangle",
  "COPY a.txt /etc",
  "COPY dir/c.txt dir/sub/d.txt /etc/",
  "ADD p.tar /x",
  "ADD p.tar.gz /x/",
  "ADD p.tar.bz2 /x",
  "ADD p.tar.xz /x",
  "ADD --chown=3:4 p.tar /x",
  "ADD Makefile.gz /x/",
  "ADD fake.tar /x/",
  "ADD dir /x",
  "ADD p.tar a.txt /x/",
  "COPY p.tar /x/",
  "ADD empty /x",
  "COPY / /x/",
  "COPY /a.txt /../x",
  "ENV D=/ed F=a.txt\nCOPY $F ${D}/$F",
  "COPY Dockerfile Makefile /",
  "COPY --chown=user:staff . /x/",
  "RUN ln -s /data/one/a /etc/a.txt\nCOPY a.txt /etc/",
  "RUN ln -s /data/one /etc/dir\nCOPY . /etc/",
  "RUN ln -s /gone/far /etc/gone\nCOPY a.txt /etc/gone/x",
  "USER 1000\nWORKDIR /h/i",
  "COPY --chown=1000 dir /x",
  "COPY --chown=0 a.txt private /x/",
  "COPY --chown=user emptydir /data/one/sub/",
  "COPY sticky /data/one",
  "ADD --chown=5:6 p.tar.gz a.txt /y/z/",
  "ADD p.tar /data/one",
  "ADD p.tar /lndir",
  "ADD attributes.tar /x",
  "ADD attributes.tar /x\nRUN echo more >> /x/in.txt",
  "ADD attributes.tar /x\nRUN cp -a /x/sub/exe /y && chmod 700 /x/sub/exe",
];

const runs: string[] = [
  "RUN rm -rf /data/one",
  "RUN rm -rf /data && mkdir /data && echo n > /data/new",
  "RUN rm /data/one/a && ln -s b /data/one/a",
  "RUN rm -rf /data/one && echo f > /data/one",
  "RUN chmod 700 /data/one",
  "RUN chown 5:6 /data/one/a",
  "RUN touch -t 200001010000 /data/one/a",
  "RUN ln /data/one/a /data/one/h && ln /data/one/h /hh",
  "RUN mkfifo /fifo",
  "RUN mkdir -p /deep/a/b/c && echo x > /deep/a/b/c/f && chmod 1777 /deep",
  "RUN mv /data /moved",
  "RUN echo x > /etc/hosts || true; echo y > /etc/newfile",
  "RUN true",
  "RUN echo hi > /tmp/f && rm /tmp/f",
  "RUN cp /bin/busybox /bb && chmod 4755 /bb",
  "RUN dd if=/dev/zero of=/sp bs=1 count=1 seek=2000000 2>/dev/null",
  "RUN rm -rf /data\nRUN mkdir /data && echo again > /data/again",
  "RUN id -u > /out; pwd >> /out; umask >> /out; env | sort | grep -v HOSTNAME >> /out",
  'RUN ["/bin/sh", "-c", "echo exec > /out"]',
  'SHELL ["/bin/sh", "-ec"]\nRUN echo shell > /out',
  "USER user\nRUN id -u > /tmp/out && touch /tmp/mine && env | grep HOME >> /tmp/out",
  "WORKDIR /w\nRUN touch here && mkdir there",
  "ARG V=1\nENV E=$V\nRUN echo $V $E > /out",
  "RUN mkdir /s && mknod /s/null c 1 3 || true; rm -rf /s",
  "RUN ls -la /proc/1/ > /dev/null; ls -d /proc /sys /dev > /out",
  "RUN ln -s /nowhere /l1 && ln -s ../x /etc/l2",
  "RUN mkdir /many && for i in 1 2 3; do echo $i > /many/$i; ln /many/$i /many/again$i; done\nRUN rm /many/1 && echo n >> /many/2",
  "RUN mv /data/one/a /data/one/A && mv /data/one/A /data/one/a",
  "RUN rm -rf /data/two && ln -s one /data/two",
  "RUN rm /ln && mkdir /ln && echo f > /ln/f",
  "RUN n=$(printf 'x%.0s' $(seq 250)); mkdir -p /l/$n/$n && echo deep > /l/$n/$n/$n",
  "RUN printf 'a\\tb' > \"/odd name\" && touch '/new\nline' /-dash",
  "RUN dd if=/dev/zero of=/hole bs=4096 count=1 seek=500 2>/dev/null && dd if=/dev/zero of=/hole bs=4096 count=1 conv=notrunc 2>/dev/null",
  "RUN mkdir -p /g && chgrp 50 /g && chmod 2775 /g && touch /g/f",
  "RUN mkfifo -m 600 /pipe && ln /pipe /pipe2",
];

const stages: string[] = [
  "FROM base AS b\nRUN mkdir /o && echo x > /o/f && chown 9:9 /o/f && ln /o/f /o/g && ln -s f /o/l\nFROM base\nCOPY --from=b /o /p",
  "FROM base AS b\nRUN mkdir -p /o/e && chmod 700 /o/e\nFROM scratch\nCOPY --from=b /o /\nCOPY --from=b /o/e /q/",
  "FROM base AS b\nRUN echo x > /f && chmod 4711 /f\nFROM base\nCOPY --from=0 /f /\nCOPY --from=b --chown=3 /f /g",
  "FROM scratch\nCOPY a.txt /",
  'FROM scratch\nCOPY --from=base /bin/busybox /bin/sh\nRUN ["/bin/sh", "-c", "echo x > /f"]',
  "FROM base AS one\nENV A=1\nCOPY a.txt /\nFROM one\nENV B=2\nCOPY b.txt /",
  "FROM base AS b\nRUN ln -s /etc /le && ln -s a /la && echo x > /a\nFROM base\nCOPY --from=b /le/passwd /pw\nCOPY --from=b /la /x",
  "FROM base\nCOPY --from=base /lndir /x",
  "FROM base\nCOPY --from=base /etc/passwd /lnfile /x/",
];

/** What Dockerfiles of the common stacks do, with busybox in place of their compilers and interpreters. */
const stacks: string[] = [
  // Go: modules first, a static binary in nothing else
  "FROM base AS build\nWORKDIR /src\nCOPY Makefile ./\nRUN mkdir -p /go/pkg && cp Makefile /go/pkg/cached\nCOPY . .\nRUN CGO_ENABLED=0 sh -c 'cp /bin/busybox /out && chmod 755 /out'\nFROM scratch\nCOPY --from=build /etc/passwd /etc/\nCOPY --from=build --chown=65532:65532 /out /app\nUSER 65532:65532\nEXPOSE 8080\nENTRYPOINT [\"/app\"]",
  // Node: dependencies, sources and what runs are stages
  "FROM base AS deps\nWORKDIR /app\nCOPY a.txt b.txt ./\nRUN mkdir -p node_modules/.bin && echo '#!/bin/sh' > node_modules/x.js && ln -s ../x.js node_modules/.bin/x\nFROM deps AS build\nCOPY dir ./src\nRUN mkdir dist && cat src/c.txt > dist/index.js\nFROM base\nENV NODE_ENV=production\nWORKDIR /app\nCOPY --from=deps --chown=user:user /app/node_modules ./node_modules\nCOPY --from=build --chown=user:user /app/dist ./dist\nUSER user\nEXPOSE 3000\nCMD [\"node\", \"dist/index.js\"]",
  // Python: an environment of its own
  "FROM base AS build\nENV VIRTUAL_ENV=/opt/venv\nRUN mkdir -p $VIRTUAL_ENV/bin $VIRTUAL_ENV/lib/site-packages && echo pkg > $VIRTUAL_ENV/lib/site-packages/m.py && ln -s /bin/sh $VIRTUAL_ENV/bin/python\nENV PATH=$VIRTUAL_ENV/bin:$PATH\nFROM base\nENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1\nENV PATH=/opt/venv/bin:$PATH\nCOPY --from=build /opt/venv /opt/venv\nWORKDIR /srv\nCOPY --chown=user . .\nRUN rm -rf dir other\nUSER user\nCMD [\"python\", \"-m\", \"m\"]",
  // nginx: logs to the console, its own way to stop
  "FROM base\nENV NGINX_VERSION 1.27\nRUN set -x && mkdir -p /var/log/nginx /var/cache/nginx /docker-entrypoint.d && ln -sf /dev/stdout /var/log/nginx/access.log && ln -sf /dev/stderr /var/log/nginx/error.log && chown -R 1000:1001 /var/cache/nginx\nCOPY run.sh /\nCOPY dir/c.txt /docker-entrypoint.d\nENTRYPOINT [\"/run.sh\"]\nEXPOSE 80\nSTOPSIGNAL SIGQUIT\nCMD [\"nginx\", \"-g\", \"daemon off;\"]",
  // PostgreSQL: a directory for anyone, a volume on it
  "FROM base\nENV PGDATA /var/lib/postgresql/data\nRUN mkdir -p /var/run/postgresql && chown -R user:user /var/run/postgresql && chmod 3777 /var/run/postgresql && mkdir -p \"$PGDATA\" && chown -R user:user \"$PGDATA\" && chmod 1777 \"$PGDATA\"\nVOLUME /var/lib/postgresql/data\nCOPY run.sh /usr/local/bin/\nENTRYPOINT [\"run.sh\"]\nSTOPSIGNAL SIGINT\nEXPOSE 5432\nCMD [\"postgres\"]",
  // Redis
  "FROM base\nRUN set -eux; mkdir /data2; chown user:user /data2\nVOLUME /data2\nWORKDIR /data2\nCOPY run.sh /usr/local/bin/\nENTRYPOINT [\"run.sh\"]\nEXPOSE 6379\nCMD [\"redis-server\"]",
  // Java: the archive by an argument
  "FROM base AS build\nARG MODE=release\nCOPY pack /pack\nRUN mkdir /target && tar -C /pack -cf /target/app-$MODE.jar in.txt 2>/dev/null || echo jar > /target/app-$MODE.jar; echo jar > /target/app-$MODE.jar\nFROM base\nARG JAR=/target/*.jar\nVOLUME /tmp\nCOPY --from=build ${JAR} app.jar\nENTRYPOINT [\"java\",\"-jar\",\"/app.jar\"]",
  // Rust: dependencies of an empty program first
  "FROM base AS build\nWORKDIR /w\nCOPY Makefile .\nRUN mkdir src && echo 'fn main() {}' > src/main.rs && mkdir -p target/release && echo deps > target/release/deps && rm -rf src\nCOPY dir src\nRUN touch src/c.txt && cat src/c.txt > target/release/app && chmod 755 target/release/app\nFROM base\nCOPY --from=build /w/target/release/app /usr/local/bin/\nCMD [\"app\"]",
  // Ruby and PHP: an owner for what is written, settings written by printf
  "FROM base\nENV LANG C.UTF-8\nENV BUNDLE_PATH=/usr/local/bundle\nRUN mkdir -p \"$BUNDLE_PATH\" /rails/tmp /rails/log && chmod 1777 \"$BUNDLE_PATH\" && { echo 'install: --no-document'; echo 'update: --no-document'; } >> /etc/gemrc\nWORKDIR /rails\nCOPY --chown=1000:1001 dir ./\nRUN chown -R user:user log tmp\nUSER 1000:1001\nENTRYPOINT [\"/rails/bin/docker-entrypoint\"]\nEXPOSE 3000\nCMD [\"./bin/rails\", \"server\"]",
];

const configs: string[] = [
  'FROM base\nCMD echo hi\nENTRYPOINT ["sh", "-c"]\nCMD ["x"]',
  'FROM base\nENV A=b C="d e" F=\'g h\'\nENV old style value\nLABEL a=b c.d="e f"\nEXPOSE 80 81/udp 90-92',
  'FROM base\nVOLUME /v1 /v2\nVOLUME ["/v3"]\nSTOPSIGNAL SIGKILL\nUSER user:staff\nMAINTAINER me',
  "FROM base\nHEALTHCHECK --interval=5s --timeout=3s --retries=2 --start-period=1s CMD true",
  "FROM base\nHEALTHCHECK NONE\nONBUILD RUN echo x\nONBUILD COPY a.txt /",
  "ARG T=latest\nFROM base:${T}\nARG X\nARG Y=2\nRUN echo $X$Y > /out\nWORKDIR /w\nWORKDIR v",
  "FROM base\nVOLUME /vol\nRUN echo x > /vol/f\nCOPY a.txt /vol/",
  'FROM base\nSHELL ["/bin/sh", "-xc"]\nCMD echo x\nENTRYPOINT echo y',
  "FROM base\nWORKDIR /\nWORKDIR /existing\nWORKDIR /etc",
  'FROM base\nENV PATH=/x:$PATH\nCMD []\nLABEL multi="a\\\n b"',
];

/** The base that the cases begin from: users, links, a directory to delete from. */
export const baseDockerfile = `FROM busybox
RUN mkdir -p /etc /data/one /data/two /existing /home/user /tmp && chmod 1777 /tmp
RUN printf 'root:x:0:0:root:/root:/bin/sh\\nuser:x:1000:1001:u:/home/user:/bin/sh\\n' > /etc/passwd
RUN printf 'root:x:0:\\nstaff:x:50:\\nuser:x:1001:\\n' > /etc/group
RUN echo a > /data/one/a && echo b > /data/one/b && echo c > /data/two/c
RUN ln -s /data /ln && ln -s data/one /lndir && ln -s /data/one/a /lnfile && ln -s /not/here /dangle
`;

type Differs = Case["differs"];

const specialBits = "the classic builder loses set-user-id and set-group-id bits";
const otherAttributes = "dockerd's layers keep capabilities, and no other attribute";
const workdirOwner = "the classic builder makes WORKDIR root's, BuildKit USER's, as we do";

/** By what a Dockerfile has: the first that fits. */
const differences: [RegExp, Differs][] = [
  [/attributes\.tar/, { classic: otherAttributes, buildkit: otherAttributes }],
  [/65532/, {}],
  [/USER user\nWORKDIR|USER \d+.*\nWORKDIR/, { classic: workdirOwner }],
  [/COPY (\.|\/|--chown=user(?::staff)? \.) |setuid|4711/, { classic: specialBits }],
  [/COPY link \/x\//, { classic: "the classic builder names the copy after the link's target" }],
  [/chown=:staff/, { classic: "the classic builder wants a user before the colon" }],
  [/\/\.\.\/x/, { classic: "the classic builder fails on a destination above the root" }],
  [/COPY --from=base \/bin\/busybox/, { buildkit: "BuildKit 0.8 left mount points behind; later ones take them away too" }],
  [/VOLUME \/vol\nRUN/, { classic: "the classic builder mounts volumes while it runs a step; BuildKit does not" }],
  [
    /ADD --chown=[\d:]+ p/,
    {
      classic: "the classic builder gives --chown to no directory it makes for an archive, and to nothing in one",
      buildkit: "what an archive holds is --chown's since version 1.17 of the Dockerfile frontend",
    },
  ],
  [/HEALTHCHECK/, { buildkit: "later versions show the start interval too" }],
];

export const corpus: Case[] = [
  ...[...copies, ...runs].map((lines) => `FROM base\n${lines}\n`),
  ...[...stages, ...stacks, ...configs].map((lines) => `${lines}\n`),
].map((dockerfile) => ({
  dockerfile,
  differs: differences.find(([pattern]) => pattern.test(dockerfile))?.[1] ?? {},
}));
