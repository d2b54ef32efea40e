import type { Flag, Instruction } from "../../../../server/language/language-service.ts";

const chown: Flag = { name: "--chown=", about: "owner of what is copied: user, user:group or numbers" };
const chmod: Flag = { name: "--chmod=", about: "mode of what is copied, for instance 755 or u=rwX,go=rX" };
const link: Flag = {
  name: "--link",
  about: "a layer of its own, not tied to what is below: reused when the base changes",
};
const exclude: Flag = { name: "--exclude=", about: "what not to copy, as in .dockerignore; may be repeated" };

/** What the Dockerfile language has, in a line each: for completion, signatures and what is shown when one points at it. */
export const instructions: readonly Instruction[] = [
  {
    name: "FROM",
    form: "FROM [--platform=PLATFORM] IMAGE [AS NAME]",
    parameters: ["[--platform=PLATFORM]", "IMAGE", "[AS NAME]"],
    about: "Begins a stage on a base image; `scratch` is an empty one.",
    flags: [{ name: "--platform=", about: "of the base image, for instance linux/amd64 or $BUILDPLATFORM" }],
  },
  {
    name: "RUN",
    form: 'RUN COMMAND or RUN ["program", "argument"]',
    parameters: ["COMMAND"],
    about: "Runs a command on what was built so far and keeps the files it leaves as a new layer.",
    flags: [
      { name: "--mount=type=cache,target=", about: "a directory kept between builds: caches of package managers" },
      { name: "--mount=type=bind,target=", about: "files of the context or of a stage, only while it runs" },
      { name: "--mount=type=secret,id=", about: "a secret as a file, only while it runs and never in a layer" },
      { name: "--mount=type=ssh", about: "the ssh agent of who builds, only while it runs" },
      { name: "--mount=type=tmpfs,target=", about: "a directory in memory, only while it runs" },
      { name: "--network=none", about: "without network" },
    ],
  },
  {
    name: "COPY",
    form: "COPY [--from=STAGE] SOURCE... DESTINATION",
    parameters: ["[--from=STAGE]", "SOURCE...", "DESTINATION"],
    about: "Copies files of the build context, of another stage or of an image.",
    flags: [
      { name: "--from=", about: "a stage, an image or a named context to copy from" },
      chown,
      chmod,
      link,
      { name: "--parents", about: "keeps the directories that the sources lie in" },
      exclude,
    ],
  },
  {
    name: "ADD",
    form: "ADD SOURCE... DESTINATION",
    parameters: ["SOURCE...", "DESTINATION"],
    about: "Copies like COPY, and also fetches URLs and Git repositories and unpacks local archives.",
    flags: [
      { name: "--checksum=", about: "what a fetched file must be: sha256:…" },
      { name: "--keep-git-dir", about: "keeps .git of a repository" },
      { name: "--unpack", about: "unpacks fetched archives too" },
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
    about: "The directory for what follows and for the container; made if missing.",
  },
  {
    name: "ENV",
    form: "ENV NAME=VALUE ...",
    parameters: ["NAME=VALUE ..."],
    about: "Environment variables, for what follows and for the container.",
  },
  {
    name: "ARG",
    form: "ARG NAME[=DEFAULT]",
    parameters: ["NAME[=DEFAULT]"],
    about: "A variable given at build time with --build-arg; not in the container.",
  },
  { name: "CMD", form: 'CMD ["program", "argument"]', about: "What a container runs when nothing else is asked for." },
  {
    name: "ENTRYPOINT",
    form: 'ENTRYPOINT ["program", "argument"]',
    about: "What a container always runs; CMD and the arguments of docker run come behind it.",
  },
  {
    name: "EXPOSE",
    form: "EXPOSE PORT[/tcp|/udp]",
    parameters: ["PORT[/tcp|/udp]"],
    about: "Says which ports the program listens on; -p publishes them.",
  },
  {
    name: "USER",
    form: "USER USER[:GROUP]",
    parameters: ["USER[:GROUP]"],
    about: "Who runs what follows, and the container.",
  },
  { name: "VOLUME", form: 'VOLUME ["/data"]', about: "A directory that lives outside of the container's layers." },
  { name: "LABEL", form: "LABEL KEY=VALUE ...", parameters: ["KEY=VALUE ..."], about: "Notes about the image." },
  {
    name: "HEALTHCHECK",
    form: "HEALTHCHECK [OPTIONS] CMD COMMAND, or HEALTHCHECK NONE",
    about: "How Docker finds out whether the container works.",
    flags: [
      { name: "--interval=", about: "time between two checks (30s)" },
      { name: "--timeout=", about: "when a check counts as failed (30s)" },
      { name: "--start-period=", about: "time to start up, in which failures do not count (0s)" },
      { name: "--start-interval=", about: "time between checks while it starts up (5s)" },
      { name: "--retries=", about: "failures in a row until it is unhealthy (3)" },
    ],
  },
  {
    name: "SHELL",
    form: 'SHELL ["/bin/bash", "-c"]',
    about: "The shell of RUN, CMD and ENTRYPOINT in their shell form.",
  },
  { name: "STOPSIGNAL", form: "STOPSIGNAL SIGNAL", parameters: ["SIGNAL"], about: "What docker stop sends." },
  {
    name: "ONBUILD",
    form: "ONBUILD INSTRUCTION",
    parameters: ["INSTRUCTION"],
    about: "Runs when another Dockerfile builds on this image.",
  },
];

export function instructionNamed(name: string): Instruction | undefined {
  return instructions.find((each) => each.name === name.toUpperCase());
}
