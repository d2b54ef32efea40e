/** A page of a tutorial, whole: what an author begins with. The tests put it on another site as it is. */
export function tutorialExample(origin: string, snippet: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A tutorial with a Dockerfile that runs</title>
<main>
<h1>What is in a layer?</h1>
<p>Press <b>Run it</b> in the box. Then
  <button id="change">change the Dockerfile and build</button>,
  or <button id="type">look at the images</button>.</p>
<p id="news" role="status"></p>
<div id="box"></div>
</main>
<script type="module">
  import { embed } from "${origin}/embed-api.js";

  const box = embed(document.querySelector("#box"), {
    snippet: "${snippet}",
    panes: ["files", "build", "terminal"],
  });
  const tell = (text) => (document.querySelector("#news").textContent = text);
  box.on("state", ({ state, position }) => tell(state === "waiting" ? "Number " + position + " in the queue" : "It is " + state));
  box.on("build", ({ status }) => tell("The build is " + status));
  box.on("refused", ({ reason }) => tell(reason));

  document.querySelector("#change").onclick = () => {
    box.send({ drydock: "write", path: "Dockerfile", text: "FROM busybox\\nRUN echo changed by the tutorial\\n" });
    box.send({ drydock: "build" });
  };
  document.querySelector("#type").onclick = () => box.send({ drydock: "type", text: "docker images\\n" });
</script>
</html>
`;
}

/** The shortest way: in the place of a script. */
export function oneLine(origin: string, snippet: string): string {
  return `<script async src="${origin}/embed.js" data-snippet="${snippet}" data-panes="files,build,output"></script>`;
}
