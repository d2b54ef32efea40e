/** As a file of the learner's machine, which the server names. The page stays, whatever the answer is. */
export function download(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = "";
  link.click();
}
