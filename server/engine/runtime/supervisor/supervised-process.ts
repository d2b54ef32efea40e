import { closeSync } from "node:fs";
import { hasten } from "../../concurrency/priority.ts";
import { NotFound } from "../../errdefs/errors.ts";
import { Console, ConsoleSocket } from "./console.ts";
import { holdInput, type Owner, ProcessFifos } from "./process-fifos.ts";
import type { Exit, Reaper } from "./reaper.ts";
import type { Stdio } from "./spawn.ts";

export interface ProcessPlan {
  terminal: boolean;
  stdin: string;
  stdout: string;
  stderr: string;
  owner: Owner;
  /** where a console socket may be made */
  consolePath: string;
}

type Launch = (options: { console: string | undefined; stdio: Stdio }) => Promise<number>;

/** One process of a container, from the moment its runtime is called until its exit has been asked for. */
export class SupervisedProcess {
  readonly plan: ProcessPlan;
  readonly exited: Promise<Exit>;
  pid = 0;
  exit: Exit | undefined;
  /** its runtime is being called; never rejects */
  launching: Promise<void> | undefined;
  #console: Console | undefined;
  #input: number | undefined;
  #kept: number[] = [];
  #resolve!: (exit: Exit) => void;

  constructor(plan: ProcessPlan) {
    this.plan = plan;
    this.exited = new Promise((resolve) => (this.#resolve = resolve));
  }

  /**
   * @param launch calls the runtime, which ends when the process is there
   * @param options.keep its pid is no other's until the reaper lets it go
   */
  launch(reaper: Reaper, launch: Launch, options: { keep?: boolean } = {}): Promise<void> {
    const launched = this.#launch(reaper, launch, options);
    this.launching = launched.catch(() => undefined);
    return launched;
  }

  async #launch(reaper: Reaper, launch: Launch, options: { keep?: boolean }): Promise<void> {
    const since = Date.now();
    const fifos = new ProcessFifos(this.plan, this.plan.owner);
    let handedOver = false;
    try {
      this.#kept = ProcessFifos.keep(this.plan);
      this.#input = holdInput(this.plan.stdin);
      if (this.plan.terminal) {
        using socket = new ConsoleSocket(this.plan.consolePath);
        this.pid = await launch({ console: socket.path, stdio: [undefined, undefined, undefined] });
        this.#console = new Console(socket.receive(), fifos.input, fifos.output ?? -1);
        handedOver = true;
        hasten(this.pid);
      } else {
        this.pid = await launch({ console: undefined, stdio: [fifos.input, fifos.output, fifos.error] });
      }
    } catch (error) {
      this.letGo();
      throw error;
    } finally {
      if (!handedOver) fifos.close();
    }
    void reaper.exitOf(this.pid, since, options).then((exit) => {
      this.exit = exit;
      this.#resolve(exit);
    });
  }

  /** @throws NotFound when it has exited */
  signal(signal: number): void {
    if (this.pid === 0 || this.exit !== undefined) throw new NotFound("process already finished");
    process.kill(this.pid, signal);
  }

  resize(columns: number, rows: number): void {
    this.#console?.resize(columns, rows);
  }

  /** What it wrote and nobody has read is lost. Idempotent. */
  letGo(): void {
    this.closeInput();
    for (const fd of this.#kept.splice(0)) closeSync(fd);
  }

  /** Lets the process see the end of its input, when its other writers have gone too. */
  closeInput(): void {
    if (this.#input !== undefined) closeSync(this.#input);
    this.#input = undefined;
  }
}
