import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Machine } from "./machine.ts";

const script = path.join(import.meta.dirname, "../../suites/git-http.ts");

/** Real Git servers, smart, plain and `git://`, on a host of their own in the tenant's network. */
export class GitServer {
  /** of the repositories: `repo` with a branch, tags and a submodule, `library`, which is that submodule */
  readonly directory: string;
  address = "";
  /** resolves when somebody has asked for something beneath /silent/ */
  readonly asked: Promise<void>;
  readonly #wasAsked: () => void;
  readonly #machine: Machine;
  readonly #name = `ddgit${randomBytes(3).toString("hex")}`;
  readonly #processes: ChildProcess[] = [];

  constructor(machine: Machine) {
    this.#machine = machine;
    this.directory = path.join(machine.directory, "git");
    const { promise, resolve } = Promise.withResolvers<void>();
    this.asked = promise;
    this.#wasAsked = resolve;
  }

  async start(): Promise<void> {
    execFileSync("ip", ["netns", "add", this.#name]);
    execFileSync("ip", ["-n", this.#name, "link", "set", "lo", "up"]);
    const { networks } = this.#machine;
    const dns = { servers: [], search: [], options: [] };
    await networks.sandboxes.open({ id: this.#name, netns: `/run/netns/${this.#name}`, names: [], dns, door: false });
    this.address = (await networks.sandboxes.connect(this.#name, networks.get("bridge").id)).ipv4 ?? "";
    mkdirSync(this.directory);
    // Not `git daemon`: that is a parent, which a SIGKILL would take from its child.
    const program = path.join(this.git("", "--exec-path"), "git-daemon");
    const daemon = ["--reuseaddr", "--export-all", "--verbose", `--base-path=${this.directory}`, this.directory];
    await this.#serve(program, daemon, "stderr");
    await this.#serve(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", script, this.directory, "80"],
      "stdout",
    );
  }

  /** Runs git in a repository. */
  git(repository: string, ...args: string[]): string {
    const home = path.join(this.directory, repository);
    mkdirSync(home, { recursive: true });
    return execFileSync("git", args, {
      cwd: home,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...process.env,
        GIT_CONFIG_NOSYSTEM: "1",
        GIT_CONFIG_GLOBAL: "/dev/null",
        GIT_CONFIG_COUNT: "2",
        GIT_CONFIG_KEY_0: "protocol.file.allow",
        GIT_CONFIG_VALUE_0: "always",
        GIT_CONFIG_KEY_1: "advice.detachedHead",
        GIT_CONFIG_VALUE_1: "false",
        GIT_AUTHOR_NAME: "a",
        GIT_AUTHOR_EMAIL: "a@b",
        GIT_AUTHOR_DATE: "1600000000 +0000",
        GIT_COMMITTER_NAME: "a",
        GIT_COMMITTER_EMAIL: "a@b",
        GIT_COMMITTER_DATE: "1600000000 +0000",
      },
    }).trim();
  }

  /** A commit with these files, as text, or links by `-> target`. Returns its id. */
  commit(repository: string, files: Record<string, string>): string {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(this.directory, repository, name);
      mkdirSync(path.dirname(file), { recursive: true });
      if (content.startsWith("-> ")) {
        symlinkSync(content.slice(3), file);
      } else {
        writeFileSync(file, content, { mode: content.startsWith("#!") ? 0o755 : 0o644 });
      }
    }
    this.git(repository, "add", "--all");
    this.git(repository, "commit", "--quiet", "--message", "a commit");
    this.git(repository, "update-server-info");
    return this.git(repository, "rev-parse", "HEAD");
  }

  async dispose(): Promise<void> {
    for (const child of this.#processes) {
      child.kill("SIGKILL");
    }
    await this.#machine.networks.sandboxes.close(this.#name);
    execFileSync("ip", ["netns", "delete", this.#name]);
  }

  async #serve(program: string, args: string[], ready: "stdout" | "stderr"): Promise<void> {
    const child = spawn("ip", ["netns", "exec", this.#name, program, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.#processes.push(child);
    await once(child[ready], "data");
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.includes("asked")) this.#wasAsked();
    });
    child.stderr.resume();
  }
}
