import type { idle as englishIdle, limits as english } from "../en/limits.ts";
import type { Shape } from "../catalogue.ts";

export const limits: Shape<typeof english> = {
  menu: "Grenzen und Verbrauch",
  about:
    "Was alles in diesem Arbeitsbereich zusammen verbraucht, von dem, was es verbrauchen darf. Deine Workstation, in der das Terminal ist, zählt wie jeder Container.",
  loading: "Wird gezählt…",
  of: "{used} von {limit}",
  unlimited: "{used}, ohne Grenze",
  upTo: "bis zu {limit}",
  weight: "{times} × so viel wie alle",
  usualWeight: "wie alle",
  disk: "Von der Platte",
  names: {
    memory: "Speicher",
    swap: "Ausgelagerter Speicher",
    cpus: "Prozessoren",
    pids: "Prozesse",
    openFiles: "Offene Dateien eines Prozesses",
    disk: "Platte",
    inodes: "Dateien auf der Platte",
    containers: "Container",
    images: "Images",
    networks: "Netze",
    volumes: "Volumes",
    ports: "Veröffentlichte Ports",
    concurrentBuilds: "Builds zugleich",
    execs: "Execs zugleich",
    logs: "Log eines Containers",
    bandwidth: "Netzverkehr je Sekunde",
    requests: "API-Anfragen je Sekunde",
    requestsAtOnce: "API-Anfragen zugleich",
    connections: "API-Verbindungen",
    ioWeight: "Anteil an der Zeit der Platte",
    idleHours: "Ruhe, bis Container anhalten",
  },
};

export const idle: Shape<typeof englishIdle> = {
  warning:
    "Niemand hat diesen Arbeitsbereich in letzter Zeit benutzt. In {time} werden seine Container angehalten; Dateien bleiben.",
  stopped: "Niemand hat diesen Arbeitsbereich lange benutzt, darum wurden seine Container angehalten. Dateien bleiben.",
  stay: "Weiterlaufen lassen",
};
