// The speaker's page: it shows what the slides tell it, and asks them when it is opened.
const CHANNEL = "nslab-talk";
const channel = new BroadcastChannel(CHANNEL);
const at = (id) => document.getElementById(id);
let told = null;

const WORDS = {
  waits: "Page Down runs it.",
  done: "It has run.",
  failed: "It failed: Page Down or L shows the last good output.",
  "last good": "The last good output is shown, and marked as such.",
};

channel.onmessage = ({ data }) => {
  if (!data.slide) return;
  told = data;
  at("where").textContent = `Slide ${data.slide} of ${data.of}`;
  at("title").textContent = data.title;
  at("notes").textContent = data.notes;
  at("wrong").hidden = !data.wrong;
  at("wrong-text").textContent = data.wrong;
  at("next").textContent = data.next;
  at("cells").replaceChildren(...data.cells.flatMap(cellOf));
  tick();
};

function cellOf(cell) {
  const source = document.createElement("pre");
  source.textContent = cell.source;
  const state = document.createElement("p");
  const usual = cell.usual === null ? "" : ` (${cell.usual.toFixed(1)} s when it was checked)`;
  const runs = `It runs for ${((Date.now() - cell.since) / 1000).toFixed(0)} s`;
  state.textContent = (cell.state === "runs" ? `${runs}${cell.late ? ": late. L shows the last good output." : "."}` : WORDS[cell.state]) + usual;
  state.className = cell.late || cell.state === "failed" ? "bad" : "";
  return [source, state];
}

const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;

function tick() {
  if (!told) return;
  const gone = told.started ? (Date.now() - told.started) / 1000 : 0;
  at("clock").textContent = `${clock(gone)} of ${clock(told.total)}`;
  // Behind the plan is who is still on a slide whose time has gone; ahead, who has left the one before it early.
  const behind = gone - (told.before + told.seconds);
  const ahead = told.before - gone;
  at("plan").dataset.late = behind > 0 ? "yes" : "no";
  at("plan").textContent = !told.started ? "the clock starts with the second slide"
    : behind > 0 ? `${clock(behind)} behind the plan` : ahead > 0 ? `${clock(ahead)} ahead of the plan` : "on time";
}

setInterval(tick, 250);
for (const button of document.querySelectorAll("[data-does]")) {
  button.addEventListener("click", () => channel.postMessage({ does: button.dataset.does }));
}
window.addEventListener("keydown", (event) => {
  const does = { PageDown: "next", PageUp: "back", b: "dark", l: "lastGood", Escape: "stop" }[event.key];
  if (!does) return;
  event.preventDefault();
  channel.postMessage({ does });
});
channel.postMessage({ ask: true });
