import type { ContainerView } from "#contract/playground-api.ts";

/**
 * What listens there by its registration (IANA) or its program's custom speaks another protocol than HTTP: SSH, mail, DNS,
 * databases, queues. Nobody asks the port itself: its program would take that for a visitor.
 */
const others: ReadonlySet<number> = new Set([
  21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 3306, 4222, 5432, 5672, 6379,
  6380, 8883, 9042, 9092, 11_211, 26_379, 27_017, 27_018, 27_019, 33_060,
]);

type Port = ContainerView["ports"][number];

export interface ShownPorts {
  /** that a browser can open */
  pages: Port[];
  /** that it can reach, but would not understand */
  noPages: number[];
  /** that is reached inside the container only; beside one that can be opened it is most often meant so */
  hidden: Port | undefined;
}

export function shownPorts(ports: readonly Port[]): ShownPorts {
  const tcp = ports.filter(({ protocol }) => protocol === "tcp");
  const reached = tcp.filter(({ loopback }) => loopback === undefined);
  return {
    pages: reached.filter(({ port }) => !others.has(port)),
    noPages: [...new Set(reached.map(({ port }) => port).filter((port) => others.has(port)))],
    hidden: reached.length === 0 ? tcp[0] : undefined,
  };
}
