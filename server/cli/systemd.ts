import { execFileSync } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "./command-error.ts";
import { stopSupervisor, systemdUnit } from "./processes.ts";
import type { Settings } from "./settings.ts";

function unitText(settings: Settings): string {
  return `[Unit]
Description=Drydock: a Docker playground with an engine of its own
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=${process.execPath} ${join(settings.checkout, "server/cli/supervisor.ts")}
Environment=DRYDOCK_CHECKOUT=${settings.checkout}
Environment=PATH=${join(settings.checkout, ".drydock/bin")}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
# Containers live in shims, which must go on when drydockd is restarted.
KillMode=process
Delegate=yes
Restart=always
LimitNOFILE=1048576
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`;
}

/** `up --install`: Drydock starts with the machine. @throws CommandError without systemd */
export function installUnit(settings: Settings): void {
  if (!existsSync("/run/systemd/system")) {
    throw new CommandError(
      "--install needs systemd, which does not run this machine; without --install Drydock starts in the background",
    );
  }
  void stopSupervisor(settings);
  writeFileSync(systemdUnit, unitText(settings));
  systemctl("daemon-reload");
  systemctl("enable", "--now", "drydock.service");
}

/** `down --uninstall`. Idempotent. */
export function uninstallUnit(): void {
  if (!existsSync(systemdUnit)) return;
  systemctl("disable", "--now", "drydock.service");
  rmSync(systemdUnit);
  systemctl("daemon-reload");
}

export function stopUnit(): void {
  if (existsSync(systemdUnit) && existsSync("/run/systemd/system")) systemctl("stop", "drydock.service");
}

function systemctl(...args: string[]): void {
  execFileSync("systemctl", args, { stdio: ["ignore", "inherit", "inherit"] });
}
