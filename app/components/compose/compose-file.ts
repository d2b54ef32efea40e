import { parse } from "yaml";
import { z } from "zod";

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

export interface ComposeService {
  name: string;
  /** of an image, or built from a directory */
  image?: string;
  build?: string;
  ports: string[];
  dependsOn: string[];
}

const serviceSchema = z.looseObject({
  image: z.string().optional(),
  build: z.union([z.string(), z.looseObject({ context: z.string().optional() })]).optional(),
  ports: z.array(z.unknown()).optional(),
  depends_on: z.union([z.array(z.string()), z.record(z.string(), z.unknown())]).optional(),
});
const fileSchema = z.looseObject({ services: z.record(z.string(), serviceSchema.nullable()) });

/** The services of a Compose file, as far as they are shown; Compose itself judges the rest. @throws Error that says what is wrong */
export function readComposeFile(text: string): ComposeService[] {
  const file = fileSchema.safeParse(parse(text, { maxAliasCount: 50 }));
  if (!file.success) {
    const issue = file.error.issues[0];
    throw new Error(`${issue?.path.join(".") || "services"}: ${issue?.message ?? "missing"}`);
  }
  return Object.entries(file.data.services).map(([name, service]) => {
    const { image, build, ports = [], depends_on: dependsOn = [] } = service ?? {};
    const context = typeof build === "string" ? build : build === undefined ? undefined : (build.context ?? ".");
    return {
      name,
      ...(image === undefined ? {} : { image }),
      ...(context === undefined ? {} : { build: context }),
      ports: ports.filter((port) => typeof port === "string" || typeof port === "number").map(String),
      dependsOn: Array.isArray(dependsOn) ? dependsOn : Object.keys(dependsOn),
    };
  });
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
