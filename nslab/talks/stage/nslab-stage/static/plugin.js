// The extension: waits for the notebook that is opened, and puts it on stage.
import { Keys } from "./keys.js";
import { LastGood } from "./lastgood.js";
import { Speaker } from "./speaker.js";
import { Stage } from "./stage.js";

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// What the address names, and not what JupyterLab may have had open before.
const wanted = JSON.parse(document.getElementById("jupyter-config-data").textContent).treePath;

async function notebookOf(app) {
  for (;;) {
    const panel = [...app.shell.widgets("main")].find((each) => each.context?.path === wanted);
    if (panel?.content?.notebookConfig && panel.context.isReady && panel.content.widgets.length) return panel;
    await pause(100);
  }
}

async function begin(app) {
  const panel = await notebookOf(app);
  app.shell.activateById(panel.id);
  await panel.revealed;
  await panel.sessionContext.ready;
  const good = await LastGood.of(app.serviceManager.contents, panel.context.path);
  const stage = new Stage(app, panel, good);
  new Speaker(stage);
  new Keys(stage);
  stage.go(stage.remembered());
}

export default {
  id: "nslab-stage:plugin",
  autoStart: true,
  activate: (app) => {
    app.restored.then(() => begin(app));
  },
};
