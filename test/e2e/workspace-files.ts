import type { Page } from "playwright-core";

/** Writes a file of the page's workspace, as another browser or a terminal would. */
export function writeFile(page: Page, path: string, text: string): Promise<unknown> {
  return page.evaluate(
    async ([path = "", text = ""]) => {
      const listed = performance.getEntriesByType("resource").find(({ name }) => /\/api\/w\/[^/]+\/files/.test(name));
      const { pathname } = new URL(listed?.name ?? "");
      const answer = await fetch(`${pathname.replace(/\/files.*/, "")}/file?path=${encodeURIComponent(path)}`, {
        method: "PUT",
        body: text,
      });
      if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    },
    [path, text],
  );
}
