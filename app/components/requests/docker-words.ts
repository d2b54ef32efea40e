import type { LoggedRequest } from "#contract/request-log.ts";

/** A word for a shell: quoted where it needs to be. */
export function quote(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** The same request with curl, on the workspace's own socket as it is in the workstation. */
export function curlOf({ method, path, body }: LoggedRequest): string {
  const words = ["curl", "-s", "--unix-socket", "/run/drydock/docker.sock"];
  if (method === "HEAD") words.push("-I");
  else if (method !== "GET") words.push("-X", method);
  if (body !== undefined) words.push("-H", "Content-Type: application/json", "-d", body);
  return [...words, `http://localhost${path}`].map(quote).join(" ");
}

type Body = Record<string, unknown>;
interface Asked {
  /** what stands for the `*`s of the pattern */
  parts: string[];
  query: URLSearchParams;
  body: Body;
}

/** Requests that the docker command has words for: `*` stands for a name, `**` for one with slashes. */
const words: [method: string, pattern: string, say: (asked: Asked) => (string | undefined)[]][] = [
  ["GET", "/containers/json", ({ query }) => ["ps", on(query.get("all"), "-a")]],
  ["POST", "/containers/create", ({ query, body }) => ["create", ...createWords(query.get("name"), body)]],
  ["POST", "/containers/*/start", ({ parts }) => ["start", ...parts]],
  ["POST", "/containers/*/stop", ({ parts, query }) => ["stop", ...option("-t", query.get("t")), ...parts]],
  ["POST", "/containers/*/restart", ({ parts, query }) => ["restart", ...option("-t", query.get("t")), ...parts]],
  ["POST", "/containers/*/kill", ({ parts, query }) => ["kill", ...option("-s", query.get("signal")), ...parts]],
  ["POST", "/containers/*/pause", ({ parts }) => ["pause", ...parts]],
  ["POST", "/containers/*/unpause", ({ parts }) => ["unpause", ...parts]],
  ["POST", "/containers/*/rename", ({ parts, query }) => ["rename", ...parts, query.get("name") ?? ""]],
  ["POST", "/containers/*/wait", ({ parts }) => ["wait", ...parts]],
  ["POST", "/containers/*/attach", ({ parts }) => ["attach", ...parts]],
  ["POST", "/containers/*/exec", ({ parts, body }) => ["exec", ...execWords(body), ...parts, ...list(body["Cmd"])]],
  [
    "DELETE",
    "/containers/*",
    ({ parts, query }) => ["rm", on(query.get("force"), "-f"), on(query.get("v"), "-v"), ...parts],
  ],
  ["GET", "/containers/*/json", ({ parts }) => ["inspect", ...parts]],
  ["GET", "/containers/*/logs", ({ parts, query }) => ["logs", on(query.get("follow"), "-f"), ...parts]],
  ["GET", "/containers/*/top", ({ parts, query }) => ["top", ...parts, ...(query.get("ps_args") ?? "").split(" ")]],
  ["GET", "/containers/*/stats", ({ parts, query }) => ["stats", off(query.get("stream"), "--no-stream"), ...parts]],
  ["GET", "/containers/*/changes", ({ parts }) => ["diff", ...parts]],
  ["GET", "/containers/*/archive", ({ parts, query }) => ["cp", `${parts[0]}:${query.get("path") ?? ""}`, "-"]],
  ["PUT", "/containers/*/archive", ({ parts, query }) => ["cp", "-", `${parts[0]}:${query.get("path") ?? ""}`]],
  ["GET", "/images/json", ({ query }) => ["images", on(query.get("all"), "-a")]],
  ["POST", "/images/create", ({ query }) => ["pull", nameOf(query.get("fromImage"), query.get("tag"))]],
  ["POST", "/images/**/push", ({ parts, query }) => ["push", nameOf(parts[0] ?? null, query.get("tag"))]],
  ["POST", "/images/**/tag", ({ parts, query }) => ["tag", ...parts, nameOf(query.get("repo"), query.get("tag"))]],
  ["GET", "/images/**/json", ({ parts }) => ["image", "inspect", ...parts]],
  ["GET", "/images/**/history", ({ parts }) => ["history", ...parts]],
  ["DELETE", "/images/**", ({ parts, query }) => ["rmi", on(query.get("force"), "-f"), ...parts]],
  ["POST", "/build", ({ query }) => ["build", ...query.getAll("t").flatMap((tag) => ["-t", tag]), "."]],
  ["POST", "/drydock/v1/builds", ({ body }) => ["build", ...list(body["tags"]).flatMap((tag) => ["-t", tag]), "."]],
  [
    "POST",
    "/drydock/v1/terminals",
    ({ body }) => [
      "exec",
      "-it",
      text(body["container"]),
      ...(list(body["cmd"])[0] === undefined ? ["sh"] : list(body["cmd"])),
    ],
  ],
  ["GET", "/networks", () => ["network", "ls"]],
  [
    "POST",
    "/networks/create",
    ({ body }) => ["network", "create", ...option("-d", text(body["Driver"])), text(body["Name"])],
  ],
  ["GET", "/networks/*", ({ parts }) => ["network", "inspect", ...parts]],
  ["DELETE", "/networks/*", ({ parts }) => ["network", "rm", ...parts]],
  ["POST", "/networks/*/connect", ({ parts, body }) => ["network", "connect", ...parts, text(body["Container"])]],
  ["POST", "/networks/*/disconnect", ({ parts, body }) => ["network", "disconnect", ...parts, text(body["Container"])]],
  ["GET", "/volumes", () => ["volume", "ls"]],
  ["POST", "/volumes/create", ({ body }) => ["volume", "create", text(body["Name"])]],
  ["GET", "/volumes/*", ({ parts }) => ["volume", "inspect", ...parts]],
  ["DELETE", "/volumes/*", ({ parts }) => ["volume", "rm", ...parts]],
  ["GET", "/events", () => ["events"]],
  ["GET", "/info", () => ["info"]],
  ["GET", "/version", () => ["version"]],
  ["GET", "/system/df", () => ["system", "df"]],
];

/** The docker command that asks the same; undefined where there is none. */
export function dockerOf({ method, path, body }: LoggedRequest): string | undefined {
  const { pathname, searchParams } = new URL(path, "http://localhost");
  const asked = pathname.replace(/^\/v\d+\.\d+\//, "/");
  for (const [wanted, pattern, say] of words) {
    const parts = wanted === method ? matched(pattern, asked) : undefined;
    if (parts === undefined) continue;
    const said = say({ parts, query: searchParams, body: bodyOf(body) });
    return ["docker", ...said.filter((word) => word !== undefined && word !== "")]
      .map((word) => quote(word ?? ""))
      .join(" ");
  }
  return undefined;
}

function matched(pattern: string, path: string): string[] | undefined {
  const source = pattern.replaceAll("**", "(.+)").replaceAll(/\*/g, "([^/]+)");
  return new RegExp(`^${source}$`)
    .exec(path)
    ?.slice(1)
    .map((part) => shortened(decodeURIComponent(part)));
}

/** Twelve digits of an id, as docker shows it. */
function shortened(name: string): string {
  return /^(?:sha256:)?[0-9a-f]{64}$/.test(name) ? name.replace("sha256:", "").slice(0, 12) : name;
}

function bodyOf(body: string | undefined): Body {
  return body === undefined ? {} : (JSON.parse(body) as Body);
}

const on = (value: string | null, word: string): string | undefined =>
  value === null || ["", "0", "false"].includes(value) ? undefined : word;
const off = (value: string | null, word: string): string | undefined =>
  value !== null && ["0", "false"].includes(value) ? word : undefined;
const option = (name: string, value: string | null): string[] => (value === null || value === "" ? [] : [name, value]);
const text = (value: unknown): string => (typeof value === "string" ? shortened(value) : "");
const list = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];

function nameOf(name: string | null, tag: string | null): string {
  const joint = tag?.includes(":") === true ? "@" : ":";
  return `${name ?? ""}${tag === null || tag === "" ? "" : `${joint}${tag}`}`;
}

function execWords(body: Body): string[] {
  const flags = `${body["AttachStdin"] === true ? "i" : ""}${body["Tty"] === true ? "t" : ""}`;
  return [
    ...(flags === "" ? [] : [`-${flags}`]),
    ...option("-u", text(body["User"])),
    ...option("-w", text(body["WorkingDir"])),
  ];
}

/** The options of `docker create` that are asked for most; what else there is, the body shows. */
function createWords(name: string | null, body: Body): string[] {
  const host = (body["HostConfig"] ?? {}) as Body;
  const flags = `${body["OpenStdin"] === true ? "i" : ""}${body["Tty"] === true ? "t" : ""}`;
  const ports = Object.entries(
    (host["PortBindings"] ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[] | null>,
  );
  const network = text(host["NetworkMode"]);
  // Its arguments come after the image.
  const [entrypoint = "", ...first] = list(body["Entrypoint"]);
  return [
    ...option("--name", name),
    ...(flags === "" ? [] : [`-${flags}`]),
    ...(host["AutoRemove"] === true ? ["--rm"] : []),
    ...ports.flatMap(([port, bound]) =>
      (bound ?? []).flatMap(({ HostIp = "", HostPort = "" }) => [
        "-p",
        `${HostIp === "" ? "" : `${HostIp}:`}${HostPort}:${port.replace("/tcp", "")}`,
      ]),
    ),
    ...list(host["Binds"]).flatMap((bind) => ["-v", bind]),
    ...(["", "default"].includes(network) ? [] : ["--network", network]),
    ...option("-m", memory(host["Memory"])),
    ...option("--cpus", amount(host["NanoCpus"], 1e9)),
    ...option("--pids-limit", amount(host["PidsLimit"])),
    ...option("--restart", restart(host["RestartPolicy"])),
    ...(host["ReadonlyRootfs"] === true ? ["--read-only"] : []),
    ...list(host["CapAdd"]).flatMap((name) => ["--cap-add", name]),
    ...list(host["CapDrop"]).flatMap((name) => ["--cap-drop", name]),
    ...option("-u", text(body["User"])),
    ...option("-w", text(body["WorkingDir"])),
    ...list(body["Env"]).flatMap((variable) => ["-e", variable]),
    ...option("--entrypoint", entrypoint),
    text(body["Image"]),
    ...first,
    ...list(body["Cmd"]),
  ];
}

/** As it is typed: `64m`, `2g`. */
function memory(bytes: unknown): string {
  if (typeof bytes !== "number" || bytes <= 0) return "";
  const units = ["", "k", "m", "g"];
  let [value, unit] = [bytes, 0];
  while (value % 1024 === 0 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value}${units[unit]}`;
}

/** A limit that is set: the client sends 0 for one that is not. */
function amount(value: unknown, one = 1): string {
  return typeof value === "number" && value > 0 ? String(value / one) : "";
}

/** `always`, `on-failure:3` */
function restart(policy: unknown): string {
  const { Name = "", MaximumRetryCount = 0 } = (policy ?? {}) as { Name?: string; MaximumRetryCount?: number };
  if (Name === "" || Name === "no") return "";
  return MaximumRetryCount > 0 ? `${Name}:${MaximumRetryCount}` : Name;
}
