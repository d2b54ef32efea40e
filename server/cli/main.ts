import { asksForHelp, helpText } from "./arguments.ts";
import { CommandError } from "./command-error.ts";
import { didYouMean } from "../contract/suggest.ts";

interface Command {
  run(args: string[]): Promise<number>;
}

/**
 * The subcommands, explained in `help/`. Each file is loaded only when asked for, since `up` runs before `npm ci` has.
 */
const commands: Record<string, () => Promise<Command>> = {
  up: () => import("./up.ts"),
  down: () => import("./down.ts"),
  status: () => import("./status.ts"),
  logs: () => import("./logs.ts"),
  doctor: () => import("./doctor.ts"),
  images: () => import("./images.ts"),
  tenants: () => import("./tenants.ts"),
  policy: () => import("./policy.ts"),
  audit: () => import("./audit.ts"),
  backup: () => import("./backup.ts"),
  restore: () => import("./restore.ts"),
  shares: () => import("./shares.ts"),
  tls: () => import("./tls.ts"),
  test: () => import("./test.ts"),
  bench: () => import("./bench.ts"),
};

async function main(argv: string[]): Promise<number> {
  const [name = "help", ...args] = argv;
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (load !== undefined && !asksForHelp(args)) return (await load()).run(args);
  const asked = ["help", "--help", "-h"].includes(name) ? args[0] : name;
  const text = helpText(asked);
  if (text !== undefined) {
    process.stdout.write(text);
    return 0;
  }
  process.stderr.write(
    `drydock: there is no command "${asked}"${didYouMean(asked ?? "", Object.keys(commands))}\n\n${helpText()}`,
  );
  return 2;
}

/** @throws the error itself when it is a mistake of ours, for its stack */
function explain(error: unknown): string {
  if (error instanceof CommandError) return error.message;
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC") {
    return `the disk${path === undefined ? "" : ` of ${path}`} is full: make room, then run the same command again`;
  }
  if (code === "EACCES" || code === "EPERM") return `${message}: run it as root, or with sudo`;
  throw error;
}

// Who reads no further (head, less) has seen enough.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`\ndrydock: ${explain(error)}\n`);
  process.exitCode = 1;
}
