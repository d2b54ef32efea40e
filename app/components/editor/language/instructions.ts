import type { Flag, Instruction } from "../../../../server/language/language-service.ts";
import { messages } from "../../../lib/messages.ts";

const { instructions: about, flags } = messages.editor;

const chown: Flag = { name: "--chown=", about: flags.chown };
const chmod: Flag = { name: "--chmod=", about: flags.chmod };
const link: Flag = {
  name: "--link",
  about: flags.link,
};
const exclude: Flag = { name: "--exclude=", about: flags.exclude };

/** What the Dockerfile language has, in a line each: for completion, signatures and what is shown when one points at it. */
export const instructions: readonly Instruction[] = [
  {
    name: "FROM",
    form: "FROM [--platform=PLATFORM] IMAGE [AS NAME]",
    parameters: ["[--platform=PLATFORM]", "IMAGE", "[AS NAME]"],
    about: about.from,
    flags: [{ name: "--platform=", about: flags.platform }],
  },
  {
    name: "RUN",
    form: 'RUN COMMAND or RUN ["program", "argument"]',
    parameters: ["COMMAND"],
    about: about.run,
    flags: [
      { name: "--mount=type=cache,target=", about: flags.cacheMount },
      { name: "--mount=type=bind,target=", about: flags.bindMount },
      { name: "--mount=type=secret,id=", about: flags.secretMount },
      { name: "--mount=type=ssh", about: flags.sshMount },
      { name: "--mount=type=tmpfs,target=", about: flags.tmpfsMount },
      { name: "--network=none", about: flags.network },
    ],
  },
  {
    name: "COPY",
    form: "COPY [--from=STAGE] SOURCE... DESTINATION",
    parameters: ["[--from=STAGE]", "SOURCE...", "DESTINATION"],
    about: about.copy,
    flags: [
      { name: "--from=", about: flags.from },
      chown,
      chmod,
      link,
      { name: "--parents", about: flags.parents },
      exclude,
    ],
  },
  {
    name: "ADD",
    form: "ADD SOURCE... DESTINATION",
    parameters: ["SOURCE...", "DESTINATION"],
    about: about.add,
    flags: [
      { name: "--checksum=", about: flags.checksum },
      { name: "--keep-git-dir", about: flags.keepGitDir },
      { name: "--unpack", about: flags.unpack },
      chown,
      chmod,
      link,
      exclude,
    ],
  },
  {
    name: "WORKDIR",
    form: "WORKDIR PATH",
    parameters: ["PATH"],
    about: about.workdir,
  },
  {
    name: "ENV",
    form: "ENV NAME=VALUE ...",
    parameters: ["NAME=VALUE ..."],
    about: about.env,
  },
  {
    name: "ARG",
    form: "ARG NAME[=DEFAULT]",
    parameters: ["NAME[=DEFAULT]"],
    about: about.arg,
  },
  { name: "CMD", form: 'CMD ["program", "argument"]', about: about.cmd },
  {
    name: "ENTRYPOINT",
    form: 'ENTRYPOINT ["program", "argument"]',
    about: about.entrypoint,
  },
  {
    name: "EXPOSE",
    form: "EXPOSE PORT[/tcp|/udp]",
    parameters: ["PORT[/tcp|/udp]"],
    about: about.expose,
  },
  {
    name: "USER",
    form: "USER USER[:GROUP]",
    parameters: ["USER[:GROUP]"],
    about: about.user,
  },
  { name: "VOLUME", form: 'VOLUME ["/data"]', about: about.volume },
  { name: "LABEL", form: "LABEL KEY=VALUE ...", parameters: ["KEY=VALUE ..."], about: about.label },
  {
    name: "HEALTHCHECK",
    form: "HEALTHCHECK [OPTIONS] CMD COMMAND, or HEALTHCHECK NONE",
    about: about.healthcheck,
    flags: [
      { name: "--interval=", about: flags.interval },
      { name: "--timeout=", about: flags.timeout },
      { name: "--start-period=", about: flags.startPeriod },
      { name: "--start-interval=", about: flags.startInterval },
      { name: "--retries=", about: flags.retries },
    ],
  },
  {
    name: "SHELL",
    form: 'SHELL ["/bin/bash", "-c"]',
    about: about.shell,
  },
  { name: "STOPSIGNAL", form: "STOPSIGNAL SIGNAL", parameters: ["SIGNAL"], about: about.stopsignal },
  {
    name: "ONBUILD",
    form: "ONBUILD INSTRUCTION",
    parameters: ["INSTRUCTION"],
    about: about.onbuild,
  },
];
