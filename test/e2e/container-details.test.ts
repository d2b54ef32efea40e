import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, describe, it } from "node:test";
import type { Locator, Page } from "playwright-core";
import { checkAccessibility } from "./accessibility.ts";
import { enlargeButton, missing, startHarness, until } from "./harness.ts";
import type { Harness } from "./harness.ts";
import { enter, openWorkstation, waitForScreen } from "./terminals.ts";

describe("the sides of a container", { skip: missing() ?? false }, () => {
  let harness: Harness;
  let page: Page;
  let row: Locator;
  const tab = (name: string) => page.getByRole("tab", { name, exact: true });
  before(async () => {
    harness = await startHarness();
    page = await harness.open();
    await openWorkstation(page);
    const script =
      "mkdir -p /srv/deep; echo hello > /srv/note.txt; ln -s note.txt /srv/link.txt; i=0; while :; do i=$((i+1)); echo line $i; sleep 1; done";
    await enter(page, `docker run -d --name sample --memory 64m --cpus 0.5 busybox sh -c '${script}'`);
    row = page.getByTestId("container").filter({ hasText: "sample" });
    await row.filter({ hasText: "running" }).waitFor();
    await row.getByRole("button").first().click();
  });
  after(() => harness.close());

  it("searches its output, shows when each line came, and gives the log to keep", async () => {
    const output = page.getByTestId("container-output");
    await output.getByText("line 2", { exact: true }).waitFor();
    await page.getByRole("searchbox", { name: "Search the output" }).fill("LINE 1");
    await output.getByText("line 1", { exact: true }).waitFor();
    await output.getByText("line 2", { exact: true }).waitFor({ state: "detached" });
    await page.getByRole("searchbox", { name: "Search the output" }).press("Escape");
    await page.getByRole("button", { name: "Times" }).click();
    await output
      .getByText(/^\d\d:\d\d:\d\d\.\d{3}/)
      .first()
      .waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download the log" }).click();
    const log = await readFile(await (await download).path(), "utf8");
    assert.match(log, /^\d{4}-\d\d-\d\dT[\d:.]+Z line 1\n/);
    await checkAccessibility(page, "log");
  });

  it("stops following when asked to, and goes on again", async () => {
    const follow = page.getByRole("button", { name: "Follow" });
    assert.equal(await follow.getAttribute("aria-pressed"), "true");
    await follow.click();
    assert.equal(await follow.getAttribute("aria-pressed"), "false");
    await follow.click();
    assert.equal(await follow.getAttribute("aria-pressed"), "true");
  });

  it("measures it live against what it may have", async () => {
    await tab("Usage").click();
    const usage = page.getByTestId("container-usage");
    await usage.waitFor();
    await usage.locator("[data-measure=Memory]").getByText("of 64 MiB").waitFor();
    await usage.locator("[data-measure=CPU]").getByText("of 0.50 CPU").waitFor();
    for (const name of [
      /^CPU: \d/,
      /^Memory: \d/,
      /^Network: \d.*received, \d.*sent/,
      /^Disk: \d.*read, \d.*written/,
    ]) {
      await usage.getByRole("img", { name }).waitFor();
    }
    const meter = usage.getByRole("meter", { name: "Memory: used of what is allowed" });
    const percent = Number(await meter.getAttribute("aria-valuenow"));
    assert.ok(percent >= 0 && percent < 100, `${percent} %`);
    await checkAccessibility(page, "usage");
  });

  it("shows its files, and changes them in the running container", async () => {
    await tab("Files").click();
    await page.getByRole("button", { name: "srv, directory" }).click();
    await page.getByRole("button", { name: "deep, directory" }).waitFor();
    await page.getByRole("button", { name: "note.txt, file", exact: true }).click();
    const text = page.getByRole("textbox", { name: "Text of note.txt" });
    assert.equal(await text.inputValue(), "hello\n");
    await checkAccessibility(page, "file");
    await text.fill("changed here\n");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved in the container").waitFor();
    await enter(page, "clear; docker exec sample cat /srv/note.txt");
    await waitForScreen(page, /^changed here/m);
    await page.getByRole("status").getByRole("button", { name: "Undo" }).click();
    await until("it is as it was", async () => (await text.inputValue()) === "hello\n");
    await enter(page, "clear; docker exec sample cat /srv/note.txt");
    await waitForScreen(page, /^hello/m);
    await text.fill("left\n");
    await page.getByRole("button", { name: "Back to the directory" }).click();
    const left = page.getByTestId("notice").filter({ hasText: "note.txt was left without saving." });
    await left.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved in the container").waitFor();
    await enter(page, "clear; docker exec sample cat /srv/note.txt");
    await waitForScreen(page, /^left/m);
  });

  it("is left while it is being saved without a word, unless that fails", async () => {
    let answer = (_how: "continue" | "fail"): void => undefined;
    const held = /\/containers\/.*file/;
    const leave = async (text: string, how: "continue" | "fail"): Promise<void> => {
      const chosen = new Promise<"continue" | "fail">((resolve) => (answer = resolve));
      await page.route(held, async (route) => {
        if (route.request().method() !== "PUT") return route.fallback();
        return (await chosen) === "fail"
          ? route.fulfill({ status: 500, json: { message: "no room" } })
          : route.continue();
      });
      await page.getByRole("button", { name: "note.txt, file", exact: true }).click();
      await page.getByRole("textbox", { name: "Text of note.txt" }).fill(text);
      const sent = page.waitForRequest((request) => request.method() === "PUT");
      await page.getByRole("button", { name: "Save", exact: true }).click();
      await sent;
      await page.getByRole("button", { name: "Back to the directory" }).click();
      await page.getByRole("button", { name: "deep, directory" }).waitFor();
      answer(how);
    };
    const left = page.getByTestId("notice").filter({ hasText: "note.txt was left without saving." });
    await until("earlier notices are gone", async () => (await page.getByTestId("notice").count()) === 0);
    await leave("saved on the way\n", "continue");
    await page.getByText("Saved in the container").waitFor();
    assert.equal(await left.count(), 0);
    await page.unroute(held);
    await leave("not saved at first\n", "fail");
    await page.unroute(held);
    await left.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved in the container").waitFor();
    await enter(page, "clear; docker exec sample cat /srv/note.txt");
    await waitForScreen(page, /^not saved at first/m);
  });

  it("writes through a link, and brings back what an upload has replaced", async () => {
    await page.getByRole("button", { name: "link.txt → note.txt, file" }).click();
    await page.getByRole("textbox", { name: "Text of link.txt" }).fill("through the link\n");
    const save = page.getByRole("button", { name: "Save", exact: true });
    await save.click();
    await until("it is saved", async () => (await save.getAttribute("aria-disabled")) === "true");
    await page.getByRole("button", { name: "Back to the directory" }).click();
    await enter(page, "clear; docker exec sample sh -c 'readlink /srv/link.txt; cat /srv/note.txt'");
    await waitForScreen(page, /^note\.txt\nthrough the link$/m);
    const buffer = Buffer.from("uploaded\n");
    await page.getByTestId("container-upload").setInputFiles({ name: "note.txt", mimeType: "text/plain", buffer });
    await page.getByText("note.txt is replaced in the container").waitFor();
    await enter(page, "clear; docker exec sample cat /srv/note.txt");
    await waitForScreen(page, /^uploaded$/m);
    const replaced = page.getByTestId("notice").filter({ hasText: "note.txt is replaced" });
    const back = page.waitForResponse((response) => response.request().method() === "PUT");
    await replaced.getByRole("button", { name: "Undo" }).click();
    assert.equal((await back).status(), 204);
    await enter(page, "clear; docker exec sample cat /srv/note.txt");
    await waitForScreen(page, /^through the link$/m);
  });

  it("says why it cannot write what is mounted into the container", async () => {
    const path = page.getByRole("textbox", { name: "Directory" });
    await path.fill("/etc");
    await path.press("Enter");
    await page.getByRole("button", { name: "hosts, file" }).click();
    await page.getByRole("textbox", { name: "Text of hosts" }).fill("127.0.0.1 localhost\n");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("/etc/hosts is mounted into the container").waitFor();
    await page.getByRole("button", { name: "Back to the directory" }).click();
    await path.fill("/srv");
    await path.press("Enter");
    await page.getByRole("button", { name: "deep, directory" }).waitFor();
  });

  it("uploads into a directory, downloads from it, and shows what is no text as bytes", async () => {
    const buffer = Buffer.from([0, 1, 2, 0xff, 0x41]);
    await page.getByTestId("container-upload").setInputFiles({ name: "raw.bin", mimeType: "a/b", buffer });
    await page.getByRole("button", { name: "raw.bin, file" }).click();
    await page.getByRole("region", { name: "Bytes of raw.bin" }).getByText("00 01 02 ff 41").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download raw.bin" }).click();
    assert.deepEqual(await readFile(await (await download).path()), buffer);
    await page.getByRole("button", { name: "Back to the directory" }).click();
    const path = page.getByRole("textbox", { name: "Directory" });
    await path.fill("/nowhere");
    await path.press("Enter");
    await page.getByTestId("container-files").getByRole("alert").waitFor();
    await path.fill("/etc");
    await path.press("Enter");
    await page.getByRole("button", { name: "passwd, file" }).waitFor();
    await checkAccessibility(page, "files");
  });

  it("lists its processes, and all that inspect knows, to search", async () => {
    await tab("Processes").click();
    await page.getByTestId("processes").getByText("sleep 1").first().waitFor();
    await checkAccessibility(page, "processes");
    await tab("Inspect").click();
    await page.getByRole("searchbox", { name: "Search keys and values" }).fill("nanocpus");
    await page.getByTestId("inspect").getByText("500000000").waitFor();
    await checkAccessibility(page, "inspect");
  });

  it("tells how it came to run, as the engine noted it, and shows the same inside", async () => {
    await tab("Anatomy").click();
    const anatomy = page.getByTestId("anatomy");
    await anatomy.waitFor();
    const steps = await anatomy.locator("li[data-step]").evaluateAll((all) => all.map((each) => each.dataset["step"]));
    assert.deepEqual(steps, ["pull", "image", "layer", "container", "root", "isolation", "network", "start"]);
    await anatomy.locator("[data-step=layer]").getByText("overlay2").waitFor();
    const isolation = anatomy.locator("[data-step=isolation]");
    const told = /net\w*:\[(\d+)\]/.exec((await isolation.textContent()) ?? "")?.[1];
    assert.ok(told !== undefined && Number(told) > 0, "the network namespace has its number");
    await isolation.getByText("64 MiB, 0.5 CPU").waitFor();
    await anatomy
      .locator("[data-step=network]")
      .getByText(/^172\.|^10\.|^192\.168\./)
      .first()
      .waitFor();
    await checkAccessibility(page, "anatomy");
    await isolation.getByRole("button", { name: "Try it in a terminal: ls -l /proc/self/ns" }).click();
    await waitForScreen(page, `net:[${told}]`);
    await page.getByRole("button", { name: "Close terminal sample" }).click();
  });

  it("shows what clicks and commands asked of the Docker API, to ask again by hand", async () => {
    await enter(page, "clear; docker inspect -f '{{.Id}}' sample");
    await waitForScreen(page, /^[0-9a-f]{64}/m);
    await tab("Behind the scenes").click();
    const requests = page.getByTestId("requests");
    await page.getByRole("searchbox", { name: "Search the requests" }).fill("containers/create");
    const created = requests.getByTestId("request").filter({ hasText: "201" });
    await created.getByText("Docker-Client").first().waitFor();
    await created.getByRole("button").first().click();
    await requests.getByText("docker create --name sample", { exact: false }).first().waitFor();
    const curl = await requests.getByText("curl -s --unix-socket", { exact: false }).first().textContent();
    await checkAccessibility(page, "requests");
    assert.match(curl ?? "", /-X POST .*\/containers\/create\?name=sample/);
    await enter(page, `clear; ${(curl ?? "").replaceAll("name=sample", "name=again")}`);
    await waitForScreen(page, '"Id":"');
    await page.getByRole("searchbox", { name: "Search the requests" }).fill("/top");
    await requests.getByText("this page").first().waitFor();
    await page.getByRole("button", { name: "Clear the list" }).click();
    const cleared = page.getByTestId("notice").filter({ hasText: "The list is cleared." });
    await cleared.getByRole("button", { name: "Undo" }).click();
    await requests.getByText("this page").first().waitFor();
    await enter(page, "clear; docker rm again");
    await tab("Containers").click();
  });

  it("draws the networks, who is on them, and whom each container reaches", async () => {
    await enter(
      page,
      "clear; docker network create --internal inner && docker run -d --name other --network inner busybox sleep 900 && docker network connect inner sample && echo joi''ned",
    );
    await waitForScreen(page, "joined");
    await tab("Networks").click();
    const networks = page.getByTestId("networks");
    await networks.getByRole("button", { name: "other, running" }).focus();
    await page.keyboard.press("Enter");
    await networks.getByText(/^other reaches sample by its name or at [\d.]+, over inner\.$/).waitFor();
    await networks.getByText("other does not get out", { exact: false }).waitFor();
    assert.equal(await networks.getByText("reaches workstation", { exact: false }).count(), 0);
    const cells = networks.getByRole("region", { name: "Networks and who is on them" }).getByRole("row");
    assert.ok((await cells.filter({ hasText: "inner" }).count()) === 2);
    await checkAccessibility(page, "networks");
    await enter(page, "clear; docker rm -f other");
    await networks.getByRole("button", { name: "other, running" }).waitFor({ state: "detached" });
    await tab("Containers").click();
  });

  it("recognises a Compose file, and brings its services up and down by the docker command in the terminal", async () => {
    await tab("Compose").click();
    await page.getByRole("button", { name: "Write an example" }).click();
    const service = (name: string) => page.locator(`[data-testid=service][data-service=${name}]`);
    await service("web").getByText("no container").waitFor();
    await checkAccessibility(page, "compose");
    await page.getByRole("button", { name: "Up", exact: true }).click();
    await service("web").getByText("running").waitFor();
    // It has found the other by its name.
    await service("visitor").getByText("exited with 0").waitFor();
    await page.getByRole("button", { name: "Down", exact: true }).click();
    await service("web").getByText("no container").waitFor();
    // Both were typed into one terminal, which is called so.
    const typed = page.getByRole("button", { name: "Close terminal docker compose" });
    assert.equal(await typed.count(), 1);
    await typed.click();
    await tab("Containers").click();
    await row.getByRole("button").first().click();
  });

  it("is said to be starting, healthy or unhealthy as its own check has it", async () => {
    // Within its start period a check that fails does not count.
    const check = "--health-cmd 'test -e /well' --health-interval 1s --health-retries 1 --health-start-period 1h";
    await enter(page, `clear; docker run -d --name checked ${check} busybox sleep 1h`);
    const checked = page.getByTestId("container").filter({ hasText: "checked" });
    await checked.getByText("health: starting").waitFor();
    await enter(page, "docker exec checked touch /well");
    await checked.getByText("healthy", { exact: false }).and(page.locator(".text-good")).waitFor();
    await enter(page, "docker exec checked rm /well");
    await checked.getByText("unhealthy").waitFor();
    await enter(page, "docker rm -f checked");
    await checked.waitFor({ state: "detached" });
  });

  it("is paused and goes on; what has ended can still be looked into", async () => {
    await row.getByRole("button", { name: "Actions for sample" }).click();
    await page.getByRole("menuitem", { name: "Pause" }).click();
    await row.filter({ hasText: "paused" }).waitFor();
    await row.getByRole("button", { name: "Actions for sample" }).click();
    await page.getByRole("menuitem", { name: "Resume" }).click();
    await row.filter({ hasText: "running" }).waitFor();
    await enter(page, "docker kill sample");
    await page.locator("[data-testid=container][data-state=exited]").filter({ hasText: "sample" }).waitFor();
    await tab("Usage").click();
    await page.getByText("It does not run: there is nothing to measure.").waitFor();
    await tab("Files").click();
    await page.getByRole("button", { name: "srv, directory" }).click();
    await page.getByRole("button", { name: "note.txt, file", exact: true }).waitFor();
  });

  it("has all the room when that is wanted, works by keyboard and on a narrow screen", async () => {
    await enlargeButton(page, "Containers").click();
    await page.locator("[data-pane=editor]").waitFor({ state: "hidden" });
    await page.keyboard.press("Escape");
    await page.locator("[data-pane=editor]").waitFor();
    await enlargeButton(page, "Containers").click();
    await page.locator("[data-pane=editor]").waitFor({ state: "hidden" });
    await tab("Files").focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name: "Processes", selected: true }).waitFor();
    await page.getByRole("button", { name: "Back to all panes" }).click();
    await page.locator("[data-pane=editor]").waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await page.getByRole("navigation").getByRole("button", { name: "Run" }).click();
    await tab("Files").click();
    await page.getByRole("button", { name: "srv, directory" }).waitFor();
    await checkAccessibility(page, "narrow");
    await tab("Networks").click();
    const table = page.getByRole("region", { name: "Networks and who is on them" });
    await table.getByRole("row").nth(1).waitFor();
    assert.equal(await table.evaluate((all) => all.scrollWidth - all.clientWidth), 0, "no column is out of sight");
  });

  it("logs no error", () => {
    assert.deepEqual(harness.errors, []);
  });
});
