/** What one check found. `advice` says what to do and is there unless all is well. */
export interface Finding {
  name: string;
  state: "ok" | "note" | "warning" | "blocker";
  detail: string;
  advice?: string;
}

export function ok(name: string, detail: string): Finding {
  return { name, state: "ok", detail };
}

export function bad(state: "note" | "warning" | "blocker", name: string, detail: string, advice: string): Finding {
  return { name, state, detail, advice };
}
