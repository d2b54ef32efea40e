import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface MachineOptions {
  /** with vmlinuz and initrd, as make-disk.sh makes them */
  boot: string;
  /** its root; written to */
  disk: string;
  /** gets the console's log */
  directory: string;
  /** MiB */
  memory: number;
}

/**
 * A virtual machine under qemu's own emulation (Debian's kernel does not boot on every /dev/kvm, and this test is not for
 * timing). Its network is qemu's: outgoing only.
 */
export class VirtualMachine {
  readonly #console: string;
  readonly #process: ChildProcess;
  #ended = false;

  constructor(options: MachineOptions) {
    this.#console = join(options.directory, "console.log");
    const { boot, disk, memory } = options;
    const kernel = [
      "root=/dev/vda rw console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off net.ifnames=0 random.trust_cpu=on",
      "tsc=reliable clocksource=tsc no_timer_check systemd.show_status=0",
    ].join(" ");
    const hardware = [
      `-m ${memory}`,
      "-machine q35,usb=off -cpu max,-avx,-avx2,-la57,-pku -smp 2",
      "-accel tcg,thread=multi,tb-size=512 -nodefaults -no-user-config -display none",
      "-netdev user,id=net,ipv6=off -device virtio-net-pci,netdev=net,romfile= -device virtio-rng-pci",
    ];
    const args = hardware.flatMap((line) => line.split(" "));
    args.push("-drive", `file=${disk},format=raw,if=none,id=root,cache=unsafe`);
    args.push("-device", "virtio-blk-pci,drive=root,serial=root");
    args.push("-kernel", join(boot, "vmlinuz"), "-initrd", join(boot, "initrd"), "-append", kernel);
    args.push("-serial", `file:${this.#console}`);
    this.#process = spawn("qemu-system-x86_64", args, {
      env: { ...process.env, TMPDIR: options.directory },
      stdio: ["ignore", "inherit", "inherit"],
    });
    this.#process.once("exit", () => {
      this.#ended = true;
    });
  }

  /** Its serial console until it is off. `onText` gets what is new. @throws Error when `limitMs` have passed */
  async untilOff(limitMs: number, onText: (text: string) => void): Promise<string> {
    const end = Date.now() + limitMs;
    let seen = 0;
    for (;;) {
      const over = this.#ended;
      const text = consoleText(this.#console);
      onText(text.slice(seen));
      seen = text.length;
      if (over) return text;
      if (Date.now() > end)
        throw new Error(`the machine is still on after ${limitMs / 60_000} minutes:\n${text.slice(-4000)}`);
      await sleep(500);
    }
  }

  kill(): void {
    if (!this.#ended) this.#process.kill("SIGKILL");
  }
}

function consoleText(file: string): string {
  try {
    return readFileSync(file, "utf8").replaceAll("\r", "");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
