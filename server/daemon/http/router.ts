import { InvalidArgument } from "../../engine/errdefs/errors.ts";
import type { Route } from "./route.ts";

interface Compiled {
  route: Route;
  pattern: RegExp;
  names: string[];
}

export interface Match {
  route: Route;
  params: Record<string, string>;
}

/** Finds the route of a method and path. Routes are tried in the order of the table. */
export class Router {
  readonly #byMethod = new Map<string, Compiled[]>();

  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      const compiled = this.#byMethod.get(route.method) ?? [];
      compiled.push(compile(route));
      this.#byMethod.set(route.method, compiled);
    }
  }

  /** Undefined when there is none (dockerd answers 404 for a wrong method too). */
  match(method: string, path: string): Match | undefined {
    for (const { route, pattern, names } of this.#byMethod.get(method) ?? []) {
      const values = pattern.exec(path);
      if (values !== null) {
        return { route, params: Object.fromEntries(names.map((name, i) => [name, decode(values[i + 1] ?? "")])) };
      }
    }
    return undefined;
  }
}

function compile(route: Route): Compiled {
  const names: string[] = [];
  const source = route.path.replace(/[.*+?^$()|[\]\\]|\{(\w+)(\*?)\}/g, (whole, name?: string, many?: string) => {
    if (name === undefined) {
      return `\\${whole}`;
    }
    names.push(name);
    return many === "*" ? "(.*)" : "([^/]+)";
  });
  return { route, pattern: new RegExp(`^${source}$`), names };
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch (error) {
    throw new InvalidArgument(`invalid escape in the path segment "${segment}"`, { cause: error });
  }
}
