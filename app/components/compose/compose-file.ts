import { missingPaths } from "./compose-paths.ts";
import type { ComposePlace } from "./compose-paths.ts";
import { composeProblems } from "./compose-problems.ts";
import type { ComposeProblem } from "./compose-problems.ts";
import { asList, asMap, isMap, isPlain, namesIn, textOf, WrittenYaml } from "./written-yaml.ts";
import type { Names } from "./written-yaml.ts";

export const exampleComposeName = "compose.yaml";

/** What Compose calls its file, in the order in which it looks for them. */
const composeNames = [exampleComposeName, "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/** Compose files among the workspace's: of each directory the one that Compose takes. */
export function findComposeFiles(paths: readonly string[]): string[] {
  const rank = (path: string): number => composeNames.indexOf(path.slice(path.lastIndexOf("/") + 1));
  const directory = (path: string): string => path.slice(0, path.lastIndexOf("/") + 1);
  const found = paths.filter((path) => rank(path) >= 0).toSorted((a, b) => rank(a) - rank(b));
  const taken = found.filter((path, index) => found.findIndex((each) => directory(each) === directory(path)) === index);
  return taken.toSorted((a, b) => a.split("/").length - b.split("/").length || a.localeCompare(b));
}

/** What is told: the rest is seen once these are mended. */
const most = 20;

export interface ComposeService {
  name: string;
  /** of an image, or built from a directory */
  image?: string;
  build?: string;
  ports: string[];
  dependsOn: string[];
}

export interface ComposeFile {
  services: ComposeService[];
  /** none: Compose would take it, as far as can be told without it */
  problems: ComposeProblem[];
}

/** The services of a Compose file, as far as they can be read, and what is wrong with it; Compose itself judges the rest. */
export function readComposeFile(text: string, place: ComposePlace): ComposeFile {
  const written = new WrittenYaml(text);
  const { services } = asMap(written.value);
  return {
    services: Object.entries(asMap(services)).map(([name, service]) => serviceOf(name, asMap(service))),
    problems: [
      ...written.mistakes,
      ...(written.value === undefined ? [] : [...composeProblems(written), ...missingPaths(written, place)]),
    ].slice(0, most),
  };
}

function serviceOf(name: string, service: Names): ComposeService {
  const { image, build, ports } = service;
  const context = typeof build === "string" ? build : isMap(build) ? textOf(build["context"] ?? ".") : undefined;
  return {
    name,
    ...(isPlain(image) ? { image: textOf(image) } : {}),
    ...(context === undefined ? {} : { build: context }),
    ports: asList(ports).filter(isPlain).map(textOf),
    dependsOn: namesIn(service["depends_on"]),
  };
}

/** A small one that works with nothing else among the files. */
export function exampleComposeFile(comments: { both: string; web: string; visitor: string }): string {
  return `# ${comments.both}
services:
  web:
    image: busybox
    command: sh -c "mkdir /www && echo Hello from web > /www/index.html && exec httpd -f -v -p 8080 -h /www"
    # ${comments.web}
    stop_signal: SIGKILL
  visitor:
    image: busybox
    depends_on: [web]
    # ${comments.visitor}
    command: sh -c "until wget -q -O - http://web:8080; do sleep 1; done"
`;
}

/** What is typed in the workstation, whose working directory is the workspace. */
export function composeCommand(path: string, words: string): string {
  const plain = /^[A-Za-z0-9_@%+=:,./-]+$/.test(path);
  return `docker compose -f ${plain ? path : `'${path.replaceAll("'", String.raw`'\''`)}'`} ${words}`;
}
