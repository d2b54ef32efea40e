"use client";
import { useEffect, useRef, useState } from "react";
import type { FocusEvent } from "react";

interface KeyboardFocus {
  /** the focus is within, and came by a key */
  byKeyboard: boolean;
  onFocus: () => void;
  onBlur: (event: FocusEvent) => void;
}

/** Tells whether the focus came into an element by the keyboard: `:focus-visible` is true of text fields always. */
export function useKeyboardFocus(): KeyboardFocus {
  const [byKeyboard, setByKeyboard] = useState(false);
  const key = useRef(false);
  useEffect(() => {
    const onKey = (): void => void (key.current = true);
    const onPointer = (): void => void (key.current = false);
    addEventListener("keydown", onKey, { capture: true });
    addEventListener("pointerdown", onPointer, { capture: true });
    return () => {
      removeEventListener("keydown", onKey, { capture: true });
      removeEventListener("pointerdown", onPointer, { capture: true });
    };
  }, []);
  return {
    byKeyboard,
    onFocus: () => setByKeyboard(key.current),
    onBlur: ({ currentTarget, relatedTarget }) => {
      if (!currentTarget.contains(relatedTarget)) setByKeyboard(false);
    },
  };
}
