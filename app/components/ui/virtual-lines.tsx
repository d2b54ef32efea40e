"use client";
import { memo, useLayoutEffect, useRef } from "react";
import type { ReactNode } from "react";
import { parseAnsi } from "../../lib/ansi.ts";
import { useRowsInSight } from "./use-rows-in-sight.ts";

const lineHeight = 18;
const beyond = 12;

interface VirtualLinesProps {
  lines: readonly string[];
  /** changes whenever the lines do */
  version: number;
  label: string;
  /** grows with its lines up to this; without it, it fills its place */
  maximumHeight?: number;
  /** whether it stays at the end; without it, while it is there */
  follow?: boolean;
  /** by which others who go along know it */
  scrolls?: string;
  /** told when it is scrolled away from the end, or to it */
  onFollow?: (follow: boolean) => void;
}

/** Any number of output lines: only those in sight are in the document. Stays at the end while it is there. */
export function VirtualLines(props: VirtualLinesProps): ReactNode {
  const { lines, version, label, maximumHeight, follow, scrolls, onFollow } = props;
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);
  const sight = { count: lines.length, rowHeight: lineHeight, beyond, height: maximumHeight ?? 400 };
  const { height, setTop, first, last } = useRowsInSight(box, sight);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || !(follow ?? atEnd.current)) return;
    element.scrollTop = element.scrollHeight;
    setTop(element.scrollTop);
  }, [setTop, version, lines.length, height, follow]);

  const onScroll = (): void => {
    const element = box.current;
    if (element === null) return;
    const isAtEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - lineHeight;
    if (isAtEnd !== atEnd.current) onFollow?.(isAtEnd);
    atEnd.current = isAtEnd;
    setTop(element.scrollTop);
  };

  return (
    <div
      ref={box}
      onScroll={onScroll}
      // A scrolling region must be reachable by keyboard.
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      role="region"
      aria-label={label}
      data-scrolls={scrolls}
      className="relative overflow-auto py-1 font-mono text-xs"
      style={maximumHeight === undefined ? { height: "100%" } : { maxHeight: maximumHeight }}
    >
      <div style={{ height: lines.length * lineHeight, position: "relative" }}>
        {lines.slice(first, last).map((line, index) => (
          <Line key={first + index} text={line} top={(first + index) * lineHeight} />
        ))}
      </div>
    </div>
  );
}

/** Drawn once: what is scrolled past stays as it is. */
const Line = memo(function Line({ text, top }: { text: string; top: number }): ReactNode {
  return (
    <div
      className="absolute min-w-full px-3 whitespace-pre"
      style={{ top, height: lineHeight, lineHeight: `${lineHeight}px` }}
    >
      {parseAnsi(text).map((span, index) => (
        <span key={index} className={span.className}>
          {span.text}
        </span>
      ))}
    </div>
  );
});
