import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { build, buildStatus, missing, ready, replaceText, runImage, startHarness } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, waitForScreen } from "./terminals.ts";

const hostile = `<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>`;

describe("sharing", { skip: missing() ?? false }, () => {
  let harness: Harness;
  before(async () => {
    harness = await startHarness();
  });
  after(() => harness.close());

  it("makes a link that shows files and output to anyone, and can be forked", async () => {
    const page = await harness.open();
    await replaceText(
      page,
      `FROM busybox\nRUN echo '${hostile}' # shared line\nCMD ["sh", "-c", "echo shared output; exec busybox httpd -f -p 8080"]\n`,
    );
    await build(page);
    await buildStatus(page, "completed").waitFor();
    const row = await runImage(page);
    await page.getByTestId("container-output").getByText("shared output").waitFor();
    const actions = await row.getByRole("button", { name: /^Actions for/ }).getAttribute("aria-label");
    const name = actions?.replace("Actions for ", "");
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Terminal" }).click();
    await page.getByTestId("terminal").locator("textarea").waitFor();
    await enter(page, "echo typed-$((1+1))");
    await waitForScreen(page, /^typed-2$/m);
    await page.getByRole("button", { name: "Share", exact: true }).click();
    await page.getByRole("dialog").getByText("what the open terminals show").waitFor();
    await page.getByRole("textbox", { name: "Title", exact: true }).fill(hostile);
    await page.getByRole("button", { name: "Create link" }).click();
    const url = await page.getByTestId("share-url").inputValue();
    assert.match(url, /\/s\/[A-Za-z0-9]{14}$/);

    // All that the visitor sees is recorded: nothing runs any more.
    await page.keyboard.press("Escape");
    await row.getByRole("button", { name: /^Actions for/ }).click();
    await page.getByRole("menuitem", { name: "Remove" }).click();
    await row.waitFor({ state: "detached" });
    await page.close();

    const context = await harness.context();
    const visitor = await context.newPage();
    await visitor.goto(url);
    await visitor.getByRole("heading", { level: 1, name: hostile }).waitFor();
    await visitor.getByText("# shared line").first().waitFor();
    await visitor.getByTestId("snippet-build").getByText("Built").waitFor();
    await visitor.getByRole("button", { name: /^RUN / }).click();
    await visitor.getByRole("region", { name: "Output of this step" }).waitFor();
    const outputs = visitor.getByTestId("snippet-output");
    await outputs.first().getByText("shared output").waitFor();
    assert.equal(await outputs.count(), 2, "the container's and the terminal's");
    assert.equal(await outputs.nth(1).getAttribute("aria-label"), `Terminal in ${name}`);
    assert.equal(await visitor.evaluate(() => "hacked" in window), false);
    assert.deepEqual(await context.cookies(), [], "looking makes no session");

    await visitor.getByRole("button", { name: "Fork & run" }).click();
    await visitor.waitForURL(/\/w\/w[0-9a-f]+$/);
    await ready(visitor);
    await visitor.getByTestId("editor").getByText("# shared line").waitFor();
    // It builds and runs by itself.
    await buildStatus(visitor, "completed").waitFor();
    await visitor.getByTestId("container").filter({ hasText: "running" }).waitFor();
    await visitor.getByTestId("container-output").getByText("shared output").waitFor();
    assert.deepEqual(harness.errors, []);
  });

  it("says so when a link leads nowhere", async () => {
    const page = await (await harness.context()).newPage();
    await page.goto(`${harness.url}/s/AAAAAAAAAAAAAA`);
    await page.getByRole("alert").getByText("This snippet cannot be shown").waitFor();
  });
});
