import { defaultPath } from "./recipe.ts";
import { runCommand } from "./run-command.ts";

/**
 * Mounts what programs expect, in a mount namespace that goes away with them: nothing of it is seen from outside and
 * nothing is left behind. $1 the root, $2 what to run in it, $3 a directory for apt's downloads.
 */
const enter = `root=$1
mkdir -p "$root/proc" "$root/dev" "$root/etc" "$root/tmp"
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 dev "$root/dev"
for node in null zero full random urandom tty; do
  : > "$root/dev/$node"
  mount --bind "/dev/$node" "$root/dev/$node"
done
ln -s /proc/self/fd "$root/dev/fd"
mkdir "$root/dev/shm" "$root/dev/pts"
if [ -d "$root/var/lib/apt" ] && [ -n "$3" ]; then
  mkdir -p "$3/archives/partial" "$3/lists/partial" "$root/var/cache/apt/archives" "$root/var/lib/apt/lists"
  mount --bind "$3/archives" "$root/var/cache/apt/archives"
  mount --bind "$3/lists" "$root/var/lib/apt/lists"
fi
if [ -e /etc/resolv.conf ]; then
  [ -e "$root/etc/resolv.conf" ] || : > "$root/etc/resolv.conf"
  mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
fi
exec chroot "$root" /bin/sh -euc "$2"`;

/** What runs in these ends with its first process, and that one with this process: also when that is killed. */
const isolated = "--pdeathsig KILL unshare --mount --pid --ipc --fork --kill-child=SIGKILL --propagation private".split(
  " ",
);

/** Runs a program of this machine; everything it started is gone afterwards. See `runCommand`. */
export async function runIsolated(
  command: string,
  args: readonly string[],
  options: Parameters<typeof runCommand>[2],
): Promise<string> {
  return await runCommand("setpriv", [...isolated, "--mount-proc", "--", command, ...args], options);
}

/** Runs a shell script in `root` with the machine's network; everything it started is gone afterwards. */
export async function runInRoot(
  root: string,
  script: string,
  options: { aptDirectory: string; signal?: AbortSignal | undefined; onLine?: (line: string) => void },
): Promise<string> {
  const { aptDirectory, ...rest } = options;
  const args = [...isolated, "--", "/bin/sh", "-euc", enter, "sh", root, script, aptDirectory];
  return await runCommand("setpriv", args, { ...rest, env: { PATH: defaultPath, HOME: "/root" } });
}
