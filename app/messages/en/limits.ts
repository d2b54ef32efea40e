export const limits = {
  menu: "Limits and use",
  about:
    "What everything in this workspace uses together, out of what it may use. Your workstation, where the terminal is, counts like any container.",
  loading: "Counting…",
  of: "{used} of {limit}",
  unlimited: "{used}, no limit",
  upTo: "up to {limit}",
  weight: "{times} × everybody's",
  usualWeight: "as everybody",
  disk: "Of the disk",
  names: {
    memory: "Memory",
    swap: "Swapped-out memory",
    cpus: "Processors",
    pids: "Processes",
    openFiles: "Open files of a process",
    disk: "Disk",
    inodes: "Files on disk",
    containers: "Containers",
    images: "Images",
    networks: "Networks",
    volumes: "Volumes",
    concurrentBuilds: "Builds at once",
    execs: "Execs at once",
    logs: "Log of a container",
    bandwidth: "Network traffic a second",
    requests: "API requests a second",
    requestsAtOnce: "API requests at once",
    ioWeight: "Share of the disk's time",
    idleHours: "Idle until containers stop",
  },
} as const;

export const idle = {
  warning: "Nobody has used this workspace for a while. In {time} its containers stop; files are kept.",
  stopped: "Nobody has used this workspace for a long time: its containers are stopped. Files are kept.",
  stay: "Keep them running",
} as const;
