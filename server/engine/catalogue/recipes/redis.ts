import { packageVersion } from "../packages.ts";
import { defaultPath, programTag, type Recipe } from "../recipe.ts";

/** The distribution's Redis, with the manners of Docker Hub's: data in /data, reachable from other containers. */
export const redis: Recipe = {
  name: "redis",
  summary: "the Redis data store, from the distribution",
  kind: "base",
  acceptsTag: programTag,
  packages: () => ["redis-server"],
  files: () => [
    {
      path: "/usr/local/bin/docker-entrypoint.sh",
      mode: 0o755,
      content: `#!/bin/sh
set -e
# Options and configuration files are for redis-server.
if [ "\${1#-}" != "$1" ] || [ "\${1%.conf}" != "$1" ]; then
  set -- redis-server "$@"
fi
if [ "$1" = "redis-server" ]; then
  # Other containers reach it by its network, which protected mode would refuse.
  case " $* " in
    *" --protected-mode "*) ;;
    *) set -- "$@" --protected-mode no ;;
  esac
  if [ "$(id -u)" = 0 ]; then
    chown redis:redis .
    exec setpriv --reuid=redis --regid=redis --clear-groups -- "$@"
  fi
fi
exec "$@"
`,
    },
  ],
  setup: "mkdir -p /data && chown redis:redis /data",
  version: "redis-server --version | sed 's/.* v=\\([0-9.]*\\).*/\\1/'",
  expectedVersion: (signal) => packageVersion("redis-server", signal),
  config: () => ({
    Env: [`PATH=${defaultPath}`],
    ExposedPorts: { "6379/tcp": {} },
    Volumes: { "/data": {} },
    WorkingDir: "/data",
    Entrypoint: ["docker-entrypoint.sh"],
    Cmd: ["redis-server"],
  }),
};
