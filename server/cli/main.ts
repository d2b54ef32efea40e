import { CommandError } from "./command-error.ts";

/** The subcommands. Each file is loaded only when asked for, since `up` runs before `npm ci` has. */
const commands: Record<string, { summary: string; load: () => Promise<{ run(args: string[]): Promise<number> }> }> = {
  up: {
    summary: "set up what is missing, start, print the URL (--port N, --host ADDR, --install)",
    load: () => import("./up.ts"),
  },
  down: { summary: "stop everything and leave nothing on the host (--uninstall)", load: () => import("./down.ts") },
  status: { summary: "what runs", load: () => import("./status.ts") },
  logs: { summary: "what drydockd and web say (-f to follow)", load: () => import("./logs.ts") },
  doctor: { summary: "check this machine and say what to do", load: () => import("./doctor.ts") },
  images: {
    summary: "list base images; 'images load FILE.tar|DIRECTORY NAME' gives one",
    load: () => import("./images.ts"),
  },
  tenants: {
    summary: "list, create, show, limits, stop, remove: learners and what they may use",
    load: () => import("./tenants.ts"),
  },
  policy: {
    summary: "show, set, reset: what is refused to learners",
    load: () => import("./policy.ts"),
  },
  audit: {
    summary: "who changed what, and what was refused: [TENANT] [--refused] [-n LINES]",
    load: () => import("./audit.ts"),
  },
  backup: {
    summary: "everything into one FILE, while it runs",
    load: () => import("./backup.ts"),
  },
  restore: { summary: "what backup wrote, from its FILE, while it is down", load: () => import("./restore.ts") },
  shares: {
    summary: "list, revoke: what learners have shared by a link",
    load: () => import("./shares.ts"),
  },
  tls: {
    summary: "certificates for the API over TCP: [--out DIRECTORY] [NAME|ADDRESS...]",
    load: () => import("./tls.ts"),
  },
  test: { summary: "install what the tests need and run them all", load: () => import("./test.ts") },
  bench: { summary: "measure, beside a real dockerd where there is one", load: () => import("./bench.ts") },
};

function help(): string {
  const lines = Object.entries(commands).map(([name, { summary }]) => `  ./drydock ${name.padEnd(8)} ${summary}`);
  return `Drydock: a Docker playground with an engine of its own\n\n${lines.join("\n")}\n`;
}

async function main(argv: string[]): Promise<number> {
  const [name = "help", ...args] = argv;
  if (name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(help());
    return 0;
  }
  const command = commands[name];
  if (command === undefined) {
    process.stderr.write(`drydock: there is no command "${name}"\n\n${help()}`);
    return 2;
  }
  return (await command.load()).run(args);
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

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`\ndrydock: ${explain(error)}\n`);
  process.exitCode = 1;
}
