/** One build check. The page `docs/checks/<name>.md` explains it, and its like in `de/`: an example, why, and what to do. */
export interface Rule {
  name: string;
  /** one line */
  title: string;
  /** ours, for learners: a build never fails for it, whatever `check=error=true` says */
  teaching?: true;
  /** only when the check directive asks for it by name */
  experimental?: true;
}

/** BuildKit's published rules (Dockerfile reference, Build checks), then ours. */
export const rules: readonly Rule[] = [
  { name: "ConsistentInstructionCasing", title: "Keywords are all upper case or all lower case" },
  { name: "CopyIgnoredFile", title: "COPY of a file that .dockerignore leaves out" },
  { name: "DuplicateStageName", title: "Two stages have one name" },
  { name: "ExposeInvalidFormat", title: "EXPOSE names an address or a port of the host" },
  { name: "ExposeProtoCasing", title: "A protocol of EXPOSE is not lower case" },
  { name: "FromAsCasing", title: "FROM and AS differ in case" },
  { name: "FromPlatformFlagConstDisallowed", title: "FROM --platform names one platform for good" },
  { name: "InvalidBaseImagePlatform", title: "The base image is not for the platform that is built for" },
  { name: "InvalidDefaultArgInFrom", title: "FROM names no image when no argument is given" },
  { name: "InvalidDefinitionDescription", title: "A comment describes something else", experimental: true },
  { name: "JSONArgsRecommended", title: "CMD or ENTRYPOINT runs behind a shell" },
  { name: "LegacyKeyValueFormat", title: "ENV or LABEL without =" },
  { name: "MaintainerDeprecated", title: "MAINTAINER is out of use" },
  { name: "MultipleInstructionsDisallowed", title: "Only the last of these counts" },
  { name: "NoEmptyContinuation", title: "An empty line within an instruction" },
  { name: "RedundantTargetPlatform", title: "--platform says what holds anyway" },
  { name: "ReservedStageName", title: "A stage has a name with another meaning" },
  { name: "SecretsUsedInArgOrEnv", title: "A secret in ARG or ENV stays in the image" },
  { name: "StageNameCasing", title: "A stage's name is not lower case" },
  { name: "UndefinedArgInFrom", title: "FROM uses an ARG that is not declared" },
  { name: "UndefinedVar", title: "A variable is used that nothing sets" },
  { name: "WorkdirRelativePath", title: "A relative WORKDIR depends on the base image" },
  { name: "AddInsteadOfCopy", title: "ADD where COPY does", teaching: true },
  { name: "CdHasNoEffect", title: "cd lasts only for its own RUN", teaching: true },
  { name: "ChangedAfterCopy", title: "Files are stored twice to change their owner or mode", teaching: true },
  {
    name: "DependenciesAfterSources",
    title: "Every change of the sources installs all dependencies again",
    teaching: true,
  },
  { name: "EmptyRun", title: "RUN without a command", teaching: true },
  { name: "ForeignPlatform", title: "The base image is for another kind of machine", teaching: true },
  { name: "InvalidOnbuildTrigger", title: "No build can run this ONBUILD trigger", teaching: true },
  { name: "LatestTag", title: "The base image may be another one tomorrow", teaching: true },
  { name: "MisspeltDirective", title: "A comment that was meant as a directive", teaching: true },
  { name: "NeedlessLayers", title: "Several RUN where one would do", teaching: true },
  { name: "PackageCacheLeft", title: "The package manager's cache stays in the layer", teaching: true },
  { name: "RemovedTooLate", title: "What is removed stays in the layer below", teaching: true },
  { name: "RunsAsRoot", title: "The program runs as root", teaching: true },
  { name: "SecretLeftInLayer", title: "A secret stays readable in a layer", teaching: true },
  { name: "UpdateWithoutInstall", title: "A package list in a layer of its own grows stale", teaching: true },
];

const byName = new Map(rules.map((rule) => [rule.name, rule]));

export function ruleNamed(name: string): Rule | undefined {
  return byName.get(name);
}
