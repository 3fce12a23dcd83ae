// What JupyterLab asks of an extension: a container with init() and get(). This one shares nothing, so it takes no build.
window._JUPYTERLAB = window._JUPYTERLAB || {};
window._JUPYTERLAB["nslab-said"] = {
  init: () => {},
  get: () => import("./plugin.js").then((made) => () => ({ __esModule: true, default: made.default })),
};
