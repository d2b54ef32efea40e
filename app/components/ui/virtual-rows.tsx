"use client";
import { useLayoutEffect, useRef } from "react";
import type { HTMLAttributes, ReactNode } from "react";
import { useRowsInSight } from "./use-rows-in-sight.ts";

const beyond = 8;

interface VirtualRowsProps extends Omit<HTMLAttributes<HTMLDivElement>, "children"> {
  count: number;
  /** px of each */
  rowHeight: number;
  /** kept in sight when it changes */
  active: number;
  renderRow: (index: number) => ReactNode;
}

/** Any number of rows of one height: only those in sight are in the document. */
export function VirtualRows({
  count,
  rowHeight,
  active,
  renderRow,
  className = "",
  ...rest
}: VirtualRowsProps): ReactNode {
  const box = useRef<HTMLDivElement>(null);
  const { setTop, first, last } = useRowsInSight(box, { count, rowHeight, beyond, height: 400 });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null || active < 0) return;
    const from = active * rowHeight;
    if (from < element.scrollTop) element.scrollTop = from;
    else if (from + rowHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = from + rowHeight - element.clientHeight;
    }
    setTop(element.scrollTop);
  }, [setTop, active, rowHeight]);
  return (
    <div
      ref={box}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      className={`relative overflow-auto ${className}`}
      {...rest}
    >
      <div role="presentation" style={{ height: count * rowHeight, position: "relative" }}>
        {Array.from({ length: Math.max(0, last - first) }, (_, index) => (
          <div
            key={first + index}
            role="presentation"
            className="absolute inset-x-0"
            style={{ top: (first + index) * rowHeight, height: rowHeight }}
          >
            {renderRow(first + index)}
          </div>
        ))}
      </div>
    </div>
  );
}
