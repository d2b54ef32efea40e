"use client";
import { useLayoutEffect, useState } from "react";
import type { RefObject } from "react";

interface RowsInSight {
  /** px; it follows the box */
  height: number;
  /** Call when the box has been scrolled, px from its top. */
  setTop: (top: number) => void;
  /** the first row to draw, and the one after the last */
  first: number;
  last: number;
}

/** Which of `count` rows of one height (px) are in sight of a box that is scrolled, and `beyond` more on either side. */
export function useRowsInSight(
  box: RefObject<HTMLDivElement | null>,
  options: {
    count: number;
    rowHeight: number;
    beyond: number;
    /** px, until the box is there */
    height: number;
  },
): RowsInSight {
  const { count, rowHeight, beyond } = options;
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(options.height);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, [box]);
  const first = Math.max(0, Math.floor(top / rowHeight) - beyond);
  const last = Math.min(count, Math.ceil((top + height) / rowHeight) + beyond);
  return { height, setTop, first, last };
}
