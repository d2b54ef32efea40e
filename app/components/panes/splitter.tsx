"use client";
import type { KeyboardEvent, PointerEvent, ReactNode } from "react";

interface SplitterProps {
  /** the way it moves */
  direction: "horizontal" | "vertical";
  label: string;
  value: number;
  minimum: number;
  maximum: number;
  /** true when moving towards the start makes the value larger */
  inverted?: boolean;
  onChange: (value: number) => void;
  onReset: () => void;
  className?: string;
}

/** A line between two panes: dragged, or moved with the arrow keys; a double click or Home puts it back. */
export function Splitter(props: SplitterProps): ReactNode {
  const { direction, label, value, minimum, maximum, inverted = false, onChange, onReset, className = "" } = props;
  const sign = inverted ? -1 : 1;
  const clamp = (next: number): number => Math.round(Math.min(maximum, Math.max(minimum, next)));

  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    event.preventDefault();
    const target = event.currentTarget;
    target.setPointerCapture(event.pointerId);
    const start = direction === "horizontal" ? event.clientX : event.clientY;
    const move = (next: globalThis.PointerEvent): void => {
      const now = direction === "horizontal" ? next.clientX : next.clientY;
      onChange(clamp(value + sign * (now - start)));
    };
    const end = (): void => target.removeEventListener("pointermove", move);
    target.addEventListener("pointermove", move);
    target.addEventListener("lostpointercapture", end, { once: true });
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? 64 : 16;
    const [less, more] = direction === "horizontal" ? ["ArrowLeft", "ArrowRight"] : ["ArrowUp", "ArrowDown"];
    if (event.key === less) onChange(clamp(value - sign * step));
    else if (event.key === more) onChange(clamp(value + sign * step));
    else if (event.key === "Home") onReset();
    else return;
    event.preventDefault();
  };

  const shape =
    direction === "horizontal"
      ? "w-px cursor-col-resize before:inset-y-0 before:-left-1 before:w-2"
      : "h-px cursor-row-resize before:inset-x-0 before:-top-1 before:h-2";
  return (
    <div
      role="separator"
      // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
      tabIndex={0}
      aria-label={label}
      aria-orientation={direction === "horizontal" ? "vertical" : "horizontal"}
      aria-valuenow={value}
      aria-valuemin={minimum}
      aria-valuemax={maximum}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
      onDoubleClick={onReset}
      className={`relative z-10 shrink-0 touch-none bg-line transition-colors before:absolute hover:bg-accent focus-visible:bg-accent active:bg-accent ${shape} ${className}`}
    />
  );
}
