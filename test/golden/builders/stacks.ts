import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Recorded } from "./recorded.ts";

/** A project of a common language with its Dockerfile, built by the language's own tools without a network. */
export interface Stack {
  name: string;
  /** base images, which are made of the distribution's packages */
  bases: string[];
  /** which of them the image begins with; undefined: scratch */
  result?: string;
  files: Record<string, string>;
  /** what a base must have beyond its name: a command that succeeds in the first of them, and why it may not */
  needs?: { command: string; otherwise: string };
  /** why ours is otherwise than the classic builder's */
  differs?: { classic: string };
  /** paths whose content says when or where it was made: only that they are there is compared */
  volatile?: RegExp;
}

const cMakefile = `CFLAGS ?= -O2 -g0
LDFLAGS ?= -Wl,--build-id=none -s
app: main.o text.o
\t$(CC) $(LDFLAGS) -o $@ $^
install: app
\tinstall -D -m 755 app $(DESTDIR)/usr/local/bin/app
.PHONY: install
`;

export const stacks: Stack[] = [
  {
    name: "C: make in a stage of its own, the binary on a plain Debian",
    bases: ["gcc", "debian"],
    result: "debian",
    files: {
      ".dockerignore": "*.o\napp\n",
      "app": "not this one",
      "Makefile": cMakefile,
      "main.c": '#include <stdio.h>\nconst char *text(void);\nint main(void) { puts(text()); return 0; }\n',
      "text.c": "const char *text(void) { return TEXT; }\n",
      "Dockerfile": `FROM gcc AS build
ARG TEXT=hello
WORKDIR /src
COPY Makefile *.c ./
RUN make CFLAGS="-O2 -g0 -DTEXT='\\"$TEXT\\"'" && make install DESTDIR=/out
FROM debian
COPY --from=build /out/ /
RUN test "$(app)" = hello && useradd -r -u 999 -s /usr/sbin/nologin app
USER app
ENTRYPOINT ["app"]
`,
    },
    volatile: /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/,
  },
  {
    name: "C++: static, alone on scratch",
    bases: ["gcc"],
    files: {
      "main.cc": '#include <iostream>\nint main() { std::cout << "hello\\n"; }\n',
      "Dockerfile": `FROM gcc AS build
COPY main.cc .
RUN g++ -O1 -static -s -o /app main.cc && /app
FROM scratch
COPY --from=build /app /app
CMD ["/app"]
`,
    },
  },
  {
    name: "Python: a package installed by pip, then the application as a user",
    bases: ["python"],
    result: "python",
    needs: {
      command: "python3 -c 'import setuptools'",
      otherwise: "this distribution's pip brings no setuptools, and there is no network to fetch them",
    },
    files: {
      "requirements.txt": "./greeting\n",
      "greeting/setup.py":
        "from setuptools import setup\nsetup(name='greeting', version='1.0', py_modules=['greeting'], entry_points={'console_scripts': ['greet=greeting:main']})\n",
      "greeting/greeting.py": "def main():\n    print('hello')\n",
      "app/main.py": "import greeting\ngreeting.main()\n",
      "app/__init__.py": "",
      ".dockerignore": "**/__pycache__\n**/*.pyc\n",
      "Dockerfile": `FROM python
ENV PYTHONDONTWRITEBYTECODE=1 \\
    PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1
WORKDIR /srv
COPY requirements.txt .
COPY greeting greeting
RUN pip install --no-index --no-build-isolation --no-compile -q -r requirements.txt && rm -rf greeting requirements.txt
COPY app app
RUN greet && adduser --system --no-create-home --group app
USER app
CMD ["python", "app/main.py"]
`,
    },
    volatile: /^\/(etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$|var\/log\/)|\.dist-info\/|\.egg-info/,
  },
  {
    name: "Node.js: npm ci with a lock file, built, and only what it needs to run",
    bases: ["node"],
    result: "node",
    files: {
      "package.json": JSON.stringify({
        name: "app",
        version: "1.0.0",
        private: true,
        scripts: { build: "mkdir -p dist && cp src/index.js dist/" },
        dependencies: { greeting: "file:packages/greeting" },
        devDependencies: { checker: "file:packages/checker" },
      }),
      "package-lock.json": JSON.stringify({
        name: "app",
        version: "1.0.0",
        lockfileVersion: 3,
        requires: true,
        packages: {
          "": {
            name: "app",
            version: "1.0.0",
            dependencies: { greeting: "file:packages/greeting" },
            devDependencies: { checker: "file:packages/checker" },
          },
          "packages/greeting": { version: "1.0.0" },
          "packages/checker": { version: "1.0.0", dev: true, bin: { checker: "cli.js" } },
          "node_modules/greeting": { resolved: "packages/greeting", link: true },
          "node_modules/checker": { resolved: "packages/checker", link: true },
        },
      }),
      "packages/greeting/package.json": JSON.stringify({ name: "greeting", version: "1.0.0", main: "index.js" }),
      "packages/greeting/index.js": "module.exports = 'hello';\n",
      "packages/checker/package.json": JSON.stringify({ name: "checker", version: "1.0.0", bin: { checker: "cli.js" } }),
      "packages/checker/cli.js": "#!/usr/bin/env node\nrequire('greeting');\n",
      "src/index.js": "console.log(require('greeting'));\n",
      ".dockerignore": "node_modules\ndist\nDockerfile\n",
      "Dockerfile": `FROM node AS deps
WORKDIR /app
COPY package.json package-lock.json ./
COPY packages packages
RUN npm ci --offline --no-audit --no-fund --cache /tmp/npm && npm exec checker && rm -rf /tmp/npm
FROM deps AS build
COPY src src
RUN npm run build --cache /tmp/npm && npm prune --omit=dev --offline --no-audit --no-fund --cache /tmp/npm && rm -rf /tmp/npm
FROM node
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build --chown=node:node /app/node_modules node_modules
COPY --from=build --chown=node:node /app/packages packages
COPY --from=build --chown=node:node /app/dist dist
RUN test "$(node dist/index.js)" = hello
USER node
EXPOSE 3000
CMD ["dist/index.js"]
`,
    },
  },
  {
    name: "a shell: packages' own tools, links, owners",
    differs: { classic: "the classic builder gives --chown to no directory above the one that it copies a directory to" },
    bases: ["debian"],
    result: "debian",
    files: {
      "conf.d/one.conf": "one=1\n",
      "conf.d/two.conf": "two=2\n",
      "entrypoint.sh": '#!/bin/sh\nset -e\nexec "$@"\n',
      "Dockerfile": `FROM debian
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
RUN set -eux; \\
    groupadd --system --gid 101 web; \\
    useradd --system --gid web --no-create-home --home /nonexistent --uid 101 web; \\
    install -d -o web -g web -m 2750 /var/cache/web /var/log/web; \\
    ln -sf /dev/stdout /var/log/web/access.log; \\
    update-alternatives --install /usr/local/bin/editor2 editor2 /bin/cat 10; \\
    rm -f /etc/issue /etc/motd; rm -rf /var/log/alternatives.log
COPY --chown=root:web conf.d /etc/web/conf.d
COPY entrypoint.sh /
RUN chmod +x /entrypoint.sh && sed -i 's/1/one/' /etc/web/conf.d/one.conf && tar -C /etc/web -czf - . | tar -tzf - >/dev/null
STOPSIGNAL SIGQUIT
VOLUME /var/cache/web
ENTRYPOINT ["/entrypoint.sh"]
CMD ["cat", "/etc/web/conf.d/one.conf"]
`,
    },
    volatile: /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/,
  },
];

/** What dockerd's builders made of each, and with which versions of the tools in the bases. */
export interface RecordedStacks {
  tools: Record<string, string>;
  images: Record<string, Recorded>;
}

/** The versions of a base's packages that decide what it makes, one a line. @param docker throws when it fails */
export async function toolsOf(base: string, docker: (...args: string[]) => Promise<string>): Promise<string> {
  const packages = "gcc-* g++-* libc6* libstdc++-*-dev make python3.*-minimal python3-pip python3-setuptools";
  const query = `dpkg-query -W -f '\${Package} \${Version}\\n' ${packages} 2>/dev/null | sort; node --version 2>/dev/null; true`;
  return docker("run", "--rm", "--network", "none", "--entrypoint", "sh", base, "-c", query);
}

/** What the files are of that is compared: without times, which a build makes. */
export function comparable(tree: readonly string[], { volatile }: Pick<Stack, "volatile">): string[] {
  return tree.map((line) => {
    const [name = "", kind = "", ...about] = line.replace(/ t=\S+/, "").split(" ");
    return kind === "file" && volatile?.test(name) ? [name, kind, ...about.slice(0, 2)].join(" ") : [name, kind, ...about].join(" ");
  });
}

/** Ours are digests of the content in another way (docs/differences.md, copy-digest). */
export function withoutDigests(history: readonly string[]): string[] {
  return history.map((line) => line.replace(/(file|dir|multi):[0-9a-f]{64}/, "$1:digest"));
}

/** Writes a stack's context. */
export function makeStack(directory: string, { files }: Pick<Stack, "files">): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content, { mode: 0o644 });
  }
}
