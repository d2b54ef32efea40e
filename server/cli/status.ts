import { readArguments } from "./arguments.ts";
import { engineAnswers, engineRequest, engineStatus } from "./engine-client.ts";
import { imageState } from "./image-state.ts";
import { supervisorPid, webAnswers } from "./processes.ts";
import { readSettings } from "./settings.ts";
import { webUrls } from "./web-urls.ts";

/** `./drydock status`: exit status 0 when both processes answer, else 3. */
export async function run(args: string[]): Promise<number> {
  readArguments("status", args, {});
  const settings = readSettings();
  const [engine, web] = [await engineAnswers(settings), await webAnswers(settings)];
  const lines = [
    `drydockd   ${engine ? "answers" : "does not answer"}   ${settings.run}/drydock.sock`,
    `web        ${web ? "answers" : "does not answer"}   ${webUrls(settings).join(" ")}`,
    `supervisor ${supervisorPid(settings) === undefined ? "does not run" : `runs (pid ${supervisorPid(settings)})`}`,
  ];
  if (engine) {
    const { version, baseImages, problems } = await engineStatus(settings);
    const tenants = JSON.parse((await engineRequest(settings, "GET", "/drydock/v1/tenants")).text) as unknown[];
    lines.push(`version    ${version}`, `tenants    ${tenants.length}`);
    for (const image of baseImages) {
      lines.push(`image      ${image.name}: ${imageState(image)}`);
    }
    lines.push(...problems.map((problem) => `problem    ${problem}`));
  }
  process.stdout.write(`${lines.join("\n")}\n`);
  return engine && web ? 0 : 3;
}
