// The extension: asks every two seconds what the teacher says, and shows it above the page until it is put away.
const EVERY = 2000;
const STYLE = `position: fixed; left: 50%; top: 6px; transform: translateX(-50%); z-index: 10000; max-width: 80vw;
  display: flex; gap: 1em; align-items: baseline; padding: 0.5em 1em; border-radius: 6px; font-size: 16px;
  background: var(--jp-layout-color1, white); color: var(--jp-ui-font-color1, black);
  border: 2px solid var(--jp-brand-color1, #0b6e99); box-shadow: 0 2px 8px rgb(0 0 0 / 30%);`;

function bar() {
  const made = document.createElement("div");
  // A screen reader reads out what comes into it, so it is there before anything is said.
  made.setAttribute("role", "status");
  made.className = "nslab-said";
  document.body.append(made);
  return made;
}

function show(place, said) {
  place.replaceChildren();
  place.style.cssText = said.text ? STYLE : "";
  if (!said.text) return;
  const text = document.createElement("span");
  text.textContent = said.text;
  const away = document.createElement("button");
  away.textContent = "Put away";
  away.addEventListener("click", () => show(place, { text: "" }));
  place.append(text, away);
}

export default {
  id: "nslab-said:plugin",
  autoStart: true,
  activate: (app) => {
    const place = bar();
    const { serverSettings } = app.serviceManager;
    let shown = "";
    const look = async () => {
      try {
        const answer = await serverSettings.fetch(new Request(`${serverSettings.baseUrl}nslab/said`));
        const said = answer.ok ? await answer.json() : null;
        if (said && said.at !== shown) {
          shown = said.at;
          show(place, said);
        }
      } catch {
        // The server does not answer now; JupyterLab says so itself.
      }
      setTimeout(look, EVERY);
    };
    look();
  },
};
