import type { ReactNode } from "react";

/** 16 px line icons, drawn for this page: strokes take the text's colour. */
const paths = {
  logo: "M2.5 9.5h11l-1.6 3.2a1.5 1.5 0 0 1-1.35.8h-5.1a1.5 1.5 0 0 1-1.35-.8zM4.5 9.5v-3h7v3M8 6.5v-4M8 2.5l3 1.2-3 1.2",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  folder: "M2.5 4.5v8h11v-7h-6l-1.5-2h-3.5z",
  folderOpen: "M2.5 12.5v-9H6l1.5 2h5v2M2.5 12.5l2-5h10l-2 5z",
  chevron: "M6 4l4 4-4 4",
  down: "M4 6l4 4 4-4",
  plus: "M8 3.5v9M3.5 8h9",
  filePlus: "M4 2.5h5l3 3v8H4zM9 2.5v3h3M8 7.5v4M6 9.5h4",
  folderPlus: "M2.5 4.5v8h11v-7h-6l-1.5-2h-3.5zM8 7v4M6 9h4",
  upload: "M8 10.5v-7M5 6l3-3 3 3M3 10.5v2.5h10v-2.5",
  download: "M8 3v7M5 7.5l3 3 3-3M3 10.5v2.5h10v-2.5",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  close: "M4 4l8 8M12 4l-8 8",
  play: "M5 3.2v9.6l7.5-4.8z",
  stop: "M4.5 4.5h7v7h-7z",
  restart: "M12.5 8a4.5 4.5 0 1 1-1.4-3.25M12.5 2.5v3h-3",
  trash: "M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9",
  terminal: "M3 4.5l3.5 3.5L3 11.5M8 12h5",
  hammer: "M9.2 6.8l-6 6M7 3.5l2-1.5 4.5 4.5-2 2zM9.5 6.5",
  share: "M8 9.5v-7M5.5 5L8 2.5 10.5 5M4.5 7.5H3v6h10v-6h-1.5",
  check: "M3.5 8.5l3 3 6-7",
  cross: "M4.5 4.5l7 7M11.5 4.5l-7 7",
  clock: "M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM8 5v3l2 1.5",
  dot: "M8 7.5a.5.5 0 1 1 0 1 .5.5 0 0 1 0-1z",
  open: "M6.5 3.5h-3v9h9v-3M9 3h4v4M13 3L7.5 8.5",
  layers: "M8 2.5l6 3-6 3-6-3zM2.5 8L8 11l5.5-3M2.5 10.5L8 13.5l5.5-3",
  box: "M8 2l5.5 3v6L8 14l-5.5-3V5zM2.5 5L8 8l5.5-3M8 8v6",
  back: "M7 3.500L2.500 8L7 12.500M3 8h10.500",
  copy: "M5.5 5.5h7v8h-7zM3.500 10.500v-8h7",
  pause: "M5.500 3.500v9M10.500 3.500v9",
  grow: "M9.500 3h3.500v3.500M13 3L9.200 6.800M6.500 13H3V9.500M3 13l3.800-3.800",
  shrink: "M13 6.500H9.500V3M9.500 6.500L13 3M3 9.500h3.500V13M6.500 9.500L3 13",
  shield: "M8 2l5 2v4c0 3-2 5-5 6-3-1-5-3-5-6V4z",
  network: "M6.500 2.500h3v3h-3zM2.500 10.500h3v3h-3zM10.500 10.500h3v3h-3zM8 5.500V8M4 10.500V8h8v2.500",
  split: "M2.500 3.500h11v9h-11zM8 3.500v9",
  search: "M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3.5 3.5",
  up: "M4 10l4-4 4 4",
  warn: "M8 2.5l6 11H2zM8 6.5v3.5M8 12h.01",
  bulb: "M6 11.5h4M6.5 13.5h3M8 2.5a4 4 0 0 1 2.3 7.2c-.3.3-.3 1-.3 1.8H6c0-.8 0-1.500-.3-1.800A4 4 0 0 1 8 2.500z",
  fork: "M4.500 2.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3zM11.500 2.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3zM8 10.500a1.500 1.500 0 1 1 0 3 1.500 1.500 0 0 1 0-3zM4.500 5.500c0 2.500 3.500 2 3.500 5 0-3 3.500-2.500 3.500-5",
  contrast:
    "M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11zM8 2.500v11M9.400 4.500v7M10.800 5.300v5.400M12.100 6.800v2.400",
  people:
    "M6 2.500a2.500 2.500 0 1 1 0 5 2.500 2.500 0 0 1 0-5zM1.500 13.500c0-5.300 9-5.300 9 0M10.500 3a2.300 2.300 0 0 1 0 4.300M12 9.500c1.700.600 2.500 2 2.500 4",
  help: "M8 2.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11zM6.400 6.600a1.700 1.700 0 1 1 2.500 1.400c-.6.300-.9.6-.9 1.200M8 11.200h.01",
  spinner: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
} as const;

export type IconName = keyof typeof paths;

export function Icon({ name, className = "" }: { name: IconName; className?: string }): ReactNode {
  const heavy = name === "more" || name === "dot" ? 2.4 : 1.4;
  const fill = name === "play" || name === "stop" ? "currentColor" : "none";
  return (
    <svg viewBox="0 0 16 16" className={`size-4 shrink-0 ${className}`} aria-hidden="true">
      <path
        d={paths[name]}
        fill={fill}
        stroke="currentColor"
        strokeWidth={heavy}
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}

export function Spinner({ className = "" }: { className?: string }): ReactNode {
  return <Icon name="spinner" className={`turn ${className}`} />;
}
