// The teacher's page: asks for the state once a second, and changes what has changed in place, so that the keyboard's
// place stays where it is.
const EVERY = 1000;
const KEPT = 60; // looks that a small chart shows
const $ = (id) => document.getElementById(id);
const WORDS = { "passed": "passed", "not yet": "not yet", "begun": "begun", "": "not begun" };

let state = null;
let chosen = null; // [learner's name or "", lesson]
let names = !new URLSearchParams(location.search).has("projector");
let good = 0; // when the last answer came
const past = new Map(); // learner → [share of memory, share of CPU] of each look

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const set = (node, text) => { if (node.textContent !== text) node.textContent = text; };
const size = (bytes) => (bytes >= 2 ** 30 ? `${(bytes / 2 ** 30).toFixed(1)} G` : `${Math.round(bytes / 2 ** 20)} M`);

// -- the table ------------------------------------------------------------------------------------------------------

function head() {
  const lessons = state.lessons.map(({ lesson }) =>
    element("th", { class: "lesson", scope: "col", tabindex: "-1", "data-lesson": lesson, "data-name": "" }, lesson));
  const rest = state.names ? ["Stuck, or waiting", "Memory", "CPU"] : [];
  $("board").tHead.replaceChildren(element("tr", {},
    element("th", { scope: "col" }, state.names ? "Learner" : "Place"), ...lessons,
    element("th", { scope: "col" }, "Passed"), ...rest.map((text) => element("th", { scope: "col" }, text))));
}

function row(seat) {
  const lessons = state.lessons.map(({ lesson, exercises }) =>
    element("td", { class: "lesson", tabindex: "-1", "data-lesson": lesson, "data-name": seat.name },
      element("div", { class: "bars" }, ...exercises.map(() => element("i", { class: "cell" })))));
  const rest = state.names ? [element("td", { class: "note" }), use("memory"), use("cpu")] : [];
  return element("tr", { "data-name": seat.name }, element("th", { scope: "row", title: seat.name }, seat.name), ...lessons,
    element("td", { class: "count" }), ...rest);
}

function use(kind) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  for (const [key, value] of Object.entries({ class: "use", width: 44, height: 18, viewBox: "0 0 60 20", role: "img",
    preserveAspectRatio: "none" })) svg.setAttribute(key, value);
  svg.append(document.createElementNS(space, "polyline"));
  return element("td", { class: "use", "data-kind": kind }, svg, element("span"));
}

function fill(tr, seat) {
  const states = new Map(seat.cells.map((cell) => [cell.exercise, cell]));
  state.lessons.forEach(({ lesson, exercises }, number) => {
    const td = tr.cells[number + 1];
    const passed = exercises.filter((name) => states.get(name).state === "passed").length;
    td.setAttribute("aria-label", `${seat.name}, lesson ${lesson}: ${passed} of ${exercises.length} passed`);
    exercises.forEach((name, index) => {
      const wanted = `cell ${states.get(name).state.replace(" ", "-")}`.trim();
      const bar = td.firstChild.children[index];
      if (bar.className !== wanted) bar.className = wanted;
    });
  });
  const [, ...rest] = [...tr.cells].slice(state.lessons.length);
  set(rest[0], String(seat.passed));
  if (!state.names) return;
  tr.cells[0].className = seat.uses.running ? "" : "away";
  set(rest[1], note(seat));
  rest[1].classList.toggle("stuck", Boolean(seat.stuck));
  charts(seat, rest.slice(2));
}

function note(seat) {
  const turn = seat.turn && `${seat.turn.measures ? "measures" : "waits for a turn"} (${Math.round(seat.turn.seconds)} s)`;
  const stuck = seat.stuck && `${seat.at}: ${seat.stuck}`;
  return [stuck, turn, seat.uses.running ? "" : "not signed in"].filter(Boolean).join("; ");
}

function charts(seat, [memory, cpu]) {
  const { running } = seat.uses;
  const shares = past.get(seat.name) ?? [];
  shares.push(running ? [share(seat.uses.memory, seat.uses.memory_max), share(seat.uses.cpu, seat.uses.cpu_max)] : [0, 0]);
  past.set(seat.name, shares.slice(-KEPT));
  draw(memory, 0, running ? size(seat.uses.memory) : "", `${size(seat.uses.memory)} of ${size(seat.uses.memory_max)} of memory`);
  draw(cpu, 1, running ? `${Math.round(seat.uses.cpu)} %` : "",
    `${seat.uses.cpu} % of a CPU, of ${seat.uses.cpu_max} % at most; ${seat.uses.tasks} tasks of ${seat.uses.tasks_max}`);

  function draw(td, which, text, label) {
    const line = past.get(seat.name);
    const [svg, span] = td.children;
    const points = line.map((each, i) => `${60 - (line.length - i) + 0.5},${(19 - 18 * each[which]).toFixed(1)}`);
    svg.firstChild.setAttribute("points", points.join(" "));
    const near = running && line.at(-1)[which] > 0.9;
    svg.classList.toggle("near", near);
    td.classList.toggle("near", near);
    svg.setAttribute("aria-label", running ? label : "not signed in");
    td.title = running ? label : "";
    set(span, text);
  }
}

const share = (used, most) => (most ? Math.min(1, used / most) : 0);

function show() {
  const body = $("board").tBodies[0];
  const shape = JSON.stringify([state.names, state.lessons, state.seats.map((seat) => seat.name)]);
  if (body.dataset.shape !== shape) {
    body.dataset.shape = shape;
    head();
    body.replaceChildren(...state.seats.map(row));
    (document.querySelector("[data-lesson]") ?? body).tabIndex = 0;
  }
  state.seats.forEach((seat, number) => fill(body.rows[number], seat));
  set($("summary"), summary());
  detail();
}

function summary() {
  const total = state.seats.reduce((sum, seat) => sum + seat.passed, 0);
  if (!state.names) return `${state.seats.length} learners, ${total} exercises passed`;
  const count = (what) => state.seats.filter(what).length;
  return [
    `${count((seat) => seat.uses.running)} of ${state.seats.length} signed in`,
    `${count((seat) => seat.stuck)} stuck`,
    `${count((seat) => seat.turn?.measures)} measuring, ${count((seat) => seat.turn && !seat.turn.measures)} waiting for a turn`,
    `${total} exercises passed`,
  ].join(" · ");
}

// -- one lesson in words --------------------------------------------------------------------------------------------

function detail() {
  const lesson = chosen && state.lessons.find((each) => each.lesson === chosen[1]);
  if (!lesson) return;
  const [name] = chosen;
  const seats = state.seats.filter((seat) => !name || seat.name === name);
  if (!seats.length) return;
  const lines = lesson.exercises.map((exercise) => {
    const cells = seats.map((seat) => seat.cells.find((cell) => cell.exercise === exercise));
    return `${exercise}: ${name ? words(cells[0]) : counted(cells)}`;
  });
  const title = name ? `${state.names ? "" : "Place "}${name}, lesson ${lesson.lesson}` : `Lesson ${lesson.lesson}, all learners`;
  if ($("detail").dataset.said === title + lines.join()) return;
  $("detail").dataset.said = title + lines.join();
  const bold = element("b", {}, title);
  $("detail").replaceChildren(element("p", {}, bold), element("ul", {}, ...lines.map((line) => element("li", {}, line))));
}

function words(cell) {
  const told = [WORDS[cell.state]];
  if (cell.tries) told.push(`${cell.tries} ${cell.tries === 1 ? "try" : "tries"}`);
  if (cell.hints) told.push(`${cell.hints} ${cell.hints === 1 ? "hint" : "hints"}`);
  if (cell.solution) told.push("solution looked at");
  return told.join(", ");
}

function counted(cells) {
  const of = (what) => cells.filter((cell) => cell.state === what).length;
  return `${of("passed")} passed, ${of("not yet")} not yet, ${of("begun")} begun`;
}

function choose(td) {
  document.querySelector('[data-lesson][tabindex="0"]')?.setAttribute("tabindex", "-1");
  td.tabIndex = 0;
  td.focus();
  chosen = [td.dataset.name, td.dataset.lesson];
  detail();
}

const STEPS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

function moved(event) {
  const td = event.target.closest?.("[data-lesson]");
  const step = STEPS[event.key];
  if (!td || !step) return;
  event.preventDefault();
  const rows = [...$("board").rows];
  const there = rows[rows.indexOf(td.parentNode) + step[0]]?.cells[td.cellIndex + step[1]];
  if (there?.dataset.lesson) choose(there);
}

// -- names, theme, the clock ----------------------------------------------------------------------------------------

function named() {
  names = !names;
  history.replaceState(null, "", names ? location.pathname : "?projector");
  // Nothing of whom the page showed may stay on the wall.
  chosen = null;
  past.clear();
  $("detail").replaceChildren();
  $("detail").dataset.said = "";
  $("board").tBodies[0].replaceChildren();
  $("board").tBodies[0].dataset.shape = "";
  look();
}

function theme(wanted) {
  document.documentElement.dataset.theme = wanted;
  set($("theme"), wanted === "dark" ? "Light" : "Dark");
}

let asked = 0;
async function look() {
  const mine = ++asked;
  $("names").setAttribute("aria-pressed", String(!names));
  try {
    const answer = await fetch(`state.json?names=${names ? "yes" : "no"}`, { signal: AbortSignal.timeout(5000) });
    if (!answer.ok || answer.redirected) throw new Error(`the board answers ${answer.status}`);
    const said = await answer.json();
    if (mine !== asked) return;
    [state, good] = [said, Date.now()];
    $("trouble").hidden = true;
    show();
  } catch (error) {
    $("trouble").hidden = false;
    const since = good ? ` What is below is ${Math.round((Date.now() - good) / 1000)} s old.` : "";
    set($("trouble"), `Not connected: ${error.message}.${since} Load the page again to sign in.`);
  }
}

async function forever() {
  await look();
  setTimeout(forever, EVERY);
}

theme(localStorage.getItem("nslab-board-theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
$("names").addEventListener("click", named);
$("theme").addEventListener("click", () => {
  theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  localStorage.setItem("nslab-board-theme", document.documentElement.dataset.theme);
});
$("board").addEventListener("click", (event) => {
  const td = event.target.closest("[data-lesson]");
  if (td) choose(td);
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  if (event.key === "n") $("names").click();
  else if (event.key === "t") $("theme").click();
  else moved(event);
});
forever();
