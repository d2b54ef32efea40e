import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommandError } from "./command-error.ts";
import { checkoutDirectory, type Settings, settingsFile } from "./settings.ts";

const unitName = "drydock.service";
const unitFile = `/etc/systemd/system/${unitName}`;

function unitText(settings: Settings): string {
  const program = [process.execPath, "--disable-warning=ExperimentalWarning"].join(" ");
  return `[Unit]
Description=Drydock: a Docker playground with an engine of its own
After=network-online.target
Wants=network-online.target

[Service]
# \`systemctl start\` and what is ordered after it wait until the engine answers.
Type=notify
TimeoutStartSec=infinity
ExecStart=${program} ${join(settings.checkout, "server/cli/supervisor.ts")}
Environment="DRYDOCK_CHECKOUT=${settings.checkout}"
Environment="DRYDOCK_SETTINGS=${settingsFile()}"
Environment="PATH=${join(settings.checkout, ".drydock/bin")}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
# The containers' own supervisor, and they with it, must go on when drydockd is restarted.
KillMode=process
Delegate=yes
Restart=always
LimitNOFILE=1048576
TasksMax=infinity

[Install]
WantedBy=multi-user.target
`;
}

/** `up --install`: Drydock starts with the machine. Starts nothing. @throws CommandError without systemd */
export function installUnit(settings: Settings): void {
  if (!existsSync("/run/systemd/system")) {
    throw new CommandError(
      "--install needs systemd, which does not run this machine; without --install Drydock starts in the background",
    );
  }
  if (/[\s"%\\]/.test(settings.checkout)) {
    throw new CommandError(
      `the path of the checkout, ${settings.checkout}, has characters that a systemd unit cannot take: move it, and run the same command again`,
    );
  }
  if (existsSync(unitFile) && !isInstalled()) {
    throw new CommandError(
      `${unitFile} belongs to another checkout of Drydock: take it away there with ./drydock down --uninstall`,
    );
  }
  if (existsSync(unitFile) && readFileSync(unitFile, "utf8") === unitText(settings)) return;
  writeFileSync(unitFile, unitText(settings));
  systemctl("daemon-reload");
  systemctl("enable", "--quiet", unitName);
}

/** Whether systemd starts this checkout, with these settings. */
export function isInstalled(): boolean {
  if (!existsSync(unitFile)) return false;
  const text = readFileSync(unitFile, "utf8");
  return (
    text.includes(`"DRYDOCK_CHECKOUT=${checkoutDirectory()}"`) && text.includes(`"DRYDOCK_SETTINGS=${settingsFile()}"`)
  );
}

/** `down --uninstall`. Idempotent. */
export function uninstallUnit(): void {
  if (!isInstalled()) return;
  const runs = existsSync("/run/systemd/system");
  if (runs) systemctl("disable", "--quiet", "--now", unitName);
  rmSync(unitFile);
  if (runs) systemctl("daemon-reload");
}

export function stopUnit(): void {
  if (isInstalled() && existsSync("/run/systemd/system")) systemctl("stop", unitName);
}

/** Starts it, or restarts it if it runs; does not wait until it answers. */
export function restartUnit(): void {
  systemctl("stop", unitName);
  systemctl("start", "--no-block", unitName);
}

function systemctl(...args: string[]): void {
  try {
    execFileSync("systemctl", args, { stdio: ["ignore", "inherit", "pipe"] });
  } catch (error) {
    const said = (error as { stderr?: Buffer }).stderr?.toString().trim() ?? "";
    throw new CommandError(`systemctl ${args.join(" ")} failed: ${said}\nsee 'journalctl -u ${unitName}'`);
  }
}
