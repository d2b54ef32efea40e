import type { MadeIsolation, MadeNetwork, MountedRoot, RunStep } from "#contract/run-anatomy.ts";
import { decimal, duration, limit, size } from "../../lib/format.ts";
import { messages } from "../../lib/messages.ts";

const words = messages.running;

/** One line of what a step made: its name, and one or several values. */
export interface Fact {
  name: string;
  values: string[];
}

const { facts: names } = words.anatomy;

const fact = (name: string, ...values: (string | undefined)[]): Fact[] => {
  const told = values.filter((value) => value !== undefined && value !== "") as string[];
  return told.length === 0 ? [] : [{ name, values: told }];
};

/** What the engine noted of a step, as lines to read. */
export function factsOf(step: RunStep): Fact[] {
  switch (step.kind) {
    case "pull":
      return fact(names.image, step.name);
    case "image":
      return [
        ...fact(names.image, step.name),
        ...fact(names.id, shortId(step.id)),
        ...fact(names.layers, String(step.layers)),
        ...fact(names.size, size(step.size)),
      ];
    case "layer":
      return fact(names.driver, step.driver);
    case "container":
      return [
        ...fact(names.name, step.name),
        ...fact(names.id, shortId(step.id)),
        ...fact(names.hostname, step.hostname),
      ];
    case "root":
      return rootFacts(step);
    case "volumes":
      return step.mounts.flatMap(({ type, name, target, readonly }) =>
        fact(type, `${name === "" ? target : `${name} → ${target}`}${readonly ? " (ro)" : ""}`),
      );
    case "isolation":
      return isolationFacts(step);
    case "network":
      return networkFacts(step);
    case "start":
      return [
        ...fact(names.command, step.args.join(" ")),
        ...fact(names.directory, step.directory),
        ...fact(names.user, `${step.user.uid}:${step.user.gid}`),
        ...fact(names.terminal, step.terminal ? names.terminalText : names.pipes),
        ...fact(names.stdin, step.stdin ? names.stdinText : undefined),
      ];
    default:
      return fact(names.exitCode, String(step.exitCode), step.oomKilled ? names.oomKilled : undefined);
  }
}

function shortId(id: string): string {
  return id.replace(/^sha256:/, "").slice(0, 12);
}

function rootFacts({ lower, omitted, upper, work, options }: MountedRoot): Fact[] {
  return [
    ...fact(names.lower, ...lower, omitted > 0 ? names.more({ count: omitted }) : undefined),
    ...fact(names.upper, upper),
    ...fact(names.work, work),
    ...fact(names.options, options.join(",")),
  ];
}

function isolationFacts(step: MadeIsolation): Fact[] {
  const { cgroup, ids, seccomp } = step;
  const limits = [
    cgroup.memory === undefined ? undefined : limit(cgroup.memory),
    cgroup.cpus === undefined ? undefined : words.usage.cpus({ value: decimal(cgroup.cpus) }),
    cgroup.processes === undefined ? undefined : names.processes({ count: cgroup.processes }),
  ].filter((limit) => limit !== undefined);
  return [
    ...fact(names.runtime, step.runtime),
    ...fact(names.pid, names.pidOn(step)),
    ...fact(
      names.namespaces,
      ...step.namespaces.map(({ type, inode, how }) => {
        const id = inode === undefined ? type : `${type}:[${inode}]`;
        return how === "new" ? `${id} ${words.anatomy.namespaces[type]}` : `${id} ${words.anatomy.how[how]}`;
      }),
    ),
    ...fact(names.cgroup, cgroup.path),
    ...fact(names.limits, limits.length === 0 ? names.noLimits : limits.join(", ")),
    ...fact(names.ids, ids === undefined ? undefined : idsText(ids)),
    ...fact(names.capabilities, step.capabilities.join(" ")),
    ...fact(names.seccomp, seccomp === undefined ? names.unconfined : names.seccompText(seccomp)),
    ...fact(names.more_rights, step.noNewPrivileges ? names.noNewPrivileges : undefined),
    ...fact(names.masked, names.maskedText({ masked: step.maskedPaths, readonly: step.readonlyPaths })),
    ...fact(names.readonlyRoot, step.readonlyRoot ? names.readonlyRootText : undefined),
  ];
}

function networkFacts({ mode, endpoints, ports, dns }: MadeNetwork): Fact[] {
  return [
    ...fact(names.mode, endpoints.length === 0 ? mode : undefined),
    ...endpoints.flatMap((endpoint) => [
      ...fact(names.mode, `${endpoint.network} (${endpoint.driver})`),
      ...fact(names.bridge, endpoint.bridge),
      ...fact(
        names.cable,
        endpoint.veth === "" ? undefined : names.cableText({ inside: endpoint.interface, outside: endpoint.veth }),
      ),
      ...fact(names.address, endpoint.address === "" ? undefined : `${endpoint.address}/${endpoint.prefixLength}`),
      ...fact(names.gateway, endpoint.gateway),
      ...fact(names.mac, endpoint.mac),
    ]),
    ...fact(names.dns, dns === "" ? undefined : names.dnsText({ address: dns })),
    ...fact(
      names.ports,
      ...ports.map((each) => `${each.address}:${each.port} → ${each.containerPort}/${each.protocol}`),
    ),
  ];
}

/** What is typed in the container to see the same from there; none: it is not seen from there. */
export function commandsFor(step: RunStep): string[] {
  switch (step.kind) {
    case "root":
      return ["head -n 1 /proc/mounts"];
    case "volumes":
      return ["cat /proc/mounts"];
    case "isolation":
      return [
        "ls -l /proc/self/ns",
        "cat /proc/self/uid_map",
        "cat /proc/self/cgroup",
        "grep -E 'Cap|Seccomp|NoNewPrivs' /proc/1/status",
      ];
    case "network":
      return ["cat /proc/net/dev", "cat /etc/hosts /etc/resolv.conf"];
    case "start":
      return ["tr '\\0' ' ' < /proc/1/cmdline"];
    case "container":
      return ["hostname"];
    default:
      return [];
  }
}

/** In words, how long the steps before the program took together; the pull of its image was before all of them. */
export function timeToStart(steps: readonly RunStep[]): string | undefined {
  const done = steps.filter(({ kind }) => kind !== "end" && kind !== "pull");
  if (done.at(-1)?.kind !== "start") return undefined;
  const time = duration(done.reduce((sum, step) => sum + step.duration, 0));
  const pull = steps.find(({ kind }) => kind === "pull");
  if (pull === undefined) return words.anatomy.total({ time });
  return words.anatomy.totalAfterPull({ time, pull: duration(pull.duration) });
}

function idsText({ host, size: count }: { host: number; size: number }): string {
  return names.idsOn({ last: count - 1, host, hostLast: host + count - 1 });
}
