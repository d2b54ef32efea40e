import { closest } from "#contract/suggest.ts";
import { messages } from "../../lib/messages.ts";
import { serviceKeys, topKeys } from "./compose-keys.ts";
import { asList, asMap, isMap, isPlain, namesIn, textOf } from "./written-yaml.ts";
import type { ComposeProblem, Names, WrittenYaml } from "./written-yaml.ts";

export type { ComposeProblem } from "./written-yaml.ts";

const words = messages.running.compose.problems;

type Where = readonly (string | number)[];
type Tell = (message: string, ...where: Where) => void;

/** What Compose would refuse, said at its line. What it puts in for `$NAME` is known to it alone, and so is what a file includes. */
export function composeProblems(written: WrittenYaml): ComposeProblem[] {
  const problems: ComposeProblem[] = [];
  const tell: Tell = (message, ...where) => problems.push({ message, line: written.lineOf(...where) });
  const file = asMap(written.value);
  checkTop(file, tell);
  const services = asMap(file["services"]);
  for (const [name, service] of Object.entries(services)) {
    const at: Tell = (message, ...where) => tell(message, "services", name, ...where);
    if (isMap(service)) checkService(name, service, at);
    else at(service === null ? words.nothingToStart({ service: name }) : words.noMap({ where: name }));
    if (!("include" in file)) checkReferences(name, asMap(service), file, at);
  }
  checkCircle(services, tell);
  return problems;
}

function checkTop(file: Names, tell: Tell): void {
  for (const key of unknownKeys(file, topKeys)) tell(words.unknownAtTop({ key, ...meant(key, topKeys) }), key);
  const { services } = file;
  if (services !== undefined && services !== null && !isMap(services)) {
    tell(words.noMap({ where: "services" }), "services");
  } else if (Object.keys(asMap(services)).length === 0 && !("include" in file)) tell(words.noServices, "services");
}

function checkService(service: string, settings: Names, tell: Tell): void {
  for (const key of unknownKeys(settings, serviceKeys)) {
    tell(words.unknown({ service, key, ...meant(key, serviceKeys) }), key);
  }
  const isMade = ["image", "build", "extends", "provider"].some((key) => (settings[key] ?? null) !== null);
  if (!isMade) tell(words.nothingToStart({ service }));
  const { ports } = settings;
  if (ports !== undefined && ports !== null && !Array.isArray(ports)) tell(words.noList({ service }), "ports");
  asList(ports).forEach((port, index) => {
    if (isPlain(port) && !isPort(textOf(port))) tell(words.noPort({ service, port: textOf(port) }), "ports", index);
  });
}

/** Names that stand for something else of the file. */
function checkReferences(service: string, settings: Names, file: Names, tell: Tell): void {
  const services = asMap(file["services"]);
  const needed = settings["depends_on"];
  namesIn(needed).forEach((name, index) => {
    const where = ["depends_on", isMap(needed) ? name : index] as const;
    if (name === service) tell(words.needsItself({ service }), ...where);
    else if (isMissing(name, services)) tell(words.needsMissing({ service, name }), ...where);
  });
  for (const [section, used] of usedBy(settings)) {
    for (const { name, where } of used) {
      if (isMissing(name, asMap(file[section]))) tell(words.undefinedName({ service, name, section }), ...where);
    }
  }
}

interface Used {
  name: string;
  where: Where;
}

function usedBy(settings: Names): [section: string, used: Used[]][] {
  const listed = (key: string, nameOf: (value: unknown) => string): Used[] =>
    asList(settings[key]).flatMap((value, index) => {
      const name = nameOf(value);
      return name === "" ? [] : [{ name, where: [key, index] }];
    });
  const { networks } = settings;
  const sourceOf = (value: unknown): string => textOf(isMap(value) ? value["source"] : value);
  return [
    [
      "networks",
      namesIn(networks)
        .map((name, index): Used => ({ name, where: ["networks", isMap(networks) ? name : index] }))
        .filter(({ name }) => name !== "default"),
    ],
    ["volumes", listed("volumes", volumeName)],
    ["secrets", listed("secrets", sourceOf)],
    ["configs", listed("configs", sourceOf)],
  ];
}

/** "" for a path of the workspace, and for one without a name. */
function volumeName(value: unknown): string {
  if (isMap(value)) return value["type"] === "volume" ? textOf(value["source"]) : "";
  return /^([A-Za-z0-9][\w.-]*):/.exec(textOf(value))?.[1] ?? "";
}

/** Services that wait for each other, told at the first of them. */
function checkCircle(services: Names, tell: Tell): void {
  const isOver = new Set<string>();
  const follow = (name: string, way: readonly string[]): string[] | undefined => {
    if (way.includes(name)) return way.slice(way.indexOf(name));
    if (isOver.has(name)) return undefined;
    for (const next of namesIn(asMap(services[name])["depends_on"])) {
      const circle = next === name ? undefined : follow(next, [...way, name]);
      if (circle !== undefined) return circle;
    }
    isOver.add(name);
    return undefined;
  };
  for (const name of Object.keys(services)) {
    const circle = follow(name, []);
    if (circle === undefined) continue;
    tell(words.circle({ names: [...circle, circle[0]].join(" → ") }), "services", circle[0] ?? name, "depends_on");
    return;
  }
}

function isMissing(name: string, known: Names): boolean {
  return !Object.hasOwn(known, name) && !name.includes("$");
}

function unknownKeys(map: Names, known: ReadonlySet<string>): string[] {
  return Object.keys(map).filter((key) => !known.has(key) && !key.startsWith("x-"));
}

/** ` (did you mean ports?)`, in words of the page. */
function meant(key: string, known: ReadonlySet<string>): { meant: string } {
  const name = closest(key, known);
  return { meant: name === undefined ? "" : words.meant({ name }) };
}

/** `80`, `8080:80`, `127.0.0.1:8080-8081:80-81/udp` */
function isPort(text: string): boolean {
  const numbers = "\\d{1,5}(?:-\\d{1,5})?";
  const address = String.raw`(?:[\d.]+|\[[\da-f:]+\]):(?:${numbers})?:`;
  const pattern = new RegExp(String.raw`^(?:${address}|${numbers}:)?${numbers}(?:/\w+)?$`, "i");
  return (
    text.includes("$") || (pattern.test(text) && (text.match(/\d{5}/g) ?? []).every((each) => Number(each) < 65_536))
  );
}
