"use client";
import { useEffect, useState } from "react";
import type { ReactNode } from "react";
import { type BaseImageStatus, workstationImage } from "#contract/extension-api.ts";
import { playgroundStatus } from "../../lib/api.ts";
import { messages } from "../../lib/messages.ts";

const words = messages.terminals;
/** ms between two looks at how far it is */
const pause = 1000;

/** While a first terminal waits for the workstation's image to be made: that it does, and how far that is. */
export function WorkstationMaking(): ReactNode {
  const making = useMaking();
  if (making === undefined) return null;
  const { percent, step } = making;
  const far = [...(percent === undefined ? [] : [words.madeSoFar({ percent })]), ...(step === undefined ? [] : [step])];
  return (
    <div className="w-64 max-w-full text-xs text-ink-soft" data-testid="workstation-making">
      <p role="status" className="text-pretty">
        {words.making}
      </p>
      {percent !== undefined && (
        <div
          role="progressbar"
          aria-label={words.makingLabel}
          aria-valuenow={percent}
          className="mt-2 mb-1 h-1 overflow-hidden rounded-full bg-line-strong"
        >
          <div className="h-full bg-accent" style={{ width: `${percent}%` }} />
        </div>
      )}
      <p className="h-4 truncate font-mono text-2xs">{far.join(" · ")}</p>
    </div>
  );
}

function useMaking(): BaseImageStatus["progress"] {
  const [making, setMaking] = useState<BaseImageStatus["progress"]>();
  useEffect(() => {
    const look = (): void => {
      playgroundStatus().then(
        ({ details }) => {
          const image = details?.baseImages.find(({ name }) => name === workstationImage);
          setMaking(image?.making === true ? (image.progress ?? {}) : undefined);
        },
        // Whoever waits for the terminal is told what keeps it away.
        () => setMaking(undefined),
      );
    };
    look();
    const timer = setInterval(look, pause);
    return () => clearInterval(timer);
  }, []);
  return making;
}
