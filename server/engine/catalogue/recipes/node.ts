import { dirname, join } from "node:path";
import { realpath, stat } from "node:fs/promises";
import { FailedPrecondition } from "../../errdefs/errors.ts";
import { defaultPath, programTag, type Recipe } from "../recipe.ts";

/** The Node that runs Drydock itself, with the npm beside it. */
export const node: Recipe = {
  name: "node",
  summary: "Node.js with npm: the one that Drydock itself runs on",
  kind: "base",
  acceptsTag: programTag,
  packages: () => ["ca-certificates", "libstdc++6", "libatomic1", "netbase"],
  files: (host) => [
    {
      path: "/usr/local/bin/docker-entrypoint.sh",
      mode: 0o755,
      content: `#!/bin/sh
set -e
# Options, and what is no program, are for node.
if [ "\${1#-}" != "\${1}" ] || [ -z "$(command -v "\${1}")" ] || { [ -f "\${1}" ] && ! [ -x "\${1}" ]; }; then
  set -- node "$@"
fi
exec "$@"
`,
    },
    { path: "/usr/local/etc/npmrc", content: ["update-notifier=false", ...host.npmSettings, ""].join("\n") },
  ],
  copies: async () => {
    const program = await realpath(process.execPath);
    const npm = await firstDirectory([
      join(dirname(program), "../../npm"),
      join(dirname(program), "../lib/node_modules/npm"),
      "/usr/lib/node_modules/npm",
      "/usr/local/lib/node_modules/npm",
      "/usr/share/nodejs/npm",
    ]);
    return [
      { from: program, to: "/usr/local/bin/node" },
      { from: npm, to: "/usr/local/lib/node_modules/npm" },
    ];
  },
  setup: `ln -sf node /usr/local/bin/nodejs
ln -sf ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
ln -sf ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
rm -rf /usr/local/lib/node_modules/npm/man /usr/local/lib/node_modules/npm/docs
groupadd --gid 1000 node
useradd --uid 1000 --gid node --shell /bin/bash --create-home node`,
  version: "node -p process.versions.node",
  // The very one that runs here.
  expectedVersion: () => Promise.resolve(process.versions.node),
  config: (host) => ({
    Env: [
      `PATH=${defaultPath}`,
      ...(host.authorities.length === 0 ? [] : ["NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt"]),
    ],
    Entrypoint: ["docker-entrypoint.sh"],
    Cmd: ["node"],
  }),
};

async function firstDirectory(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const found = await stat(path).catch(() => undefined);
    if (found?.isDirectory() === true) {
      return path;
    }
  }
  throw new FailedPrecondition(`npm was not found beside ${process.execPath}: the node stand-in cannot be made`);
}
