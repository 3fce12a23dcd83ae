// The slides of a notebook on the whole screen, one at a time: what is shown, what has run, and what went wrong.
import { fit } from "./fit.js";
import { slidesOf } from "./slides.js";

const LATE = 2; // seconds beyond twice what a cell took when it was checked

export class Stage {
  constructor(app, panel, good) {
    this.app = app;
    this.panel = panel;
    this.good = good;
    this.told = () => {};
    this.cells = new Map(); // cell → {state: "waits" | "runs" | "done" | "failed" | "last good", since}
    this.turn = 0;
    // Cells that scroll out of sight are taken off the page otherwise, and a slide would have none.
    panel.content.notebookConfig = { ...panel.content.notebookConfig, windowingMode: "none" };
    this.slides = slidesOf(panel.content.widgets);
    this.key = `nslab-stage:${panel.context.path}`;
    this.started = Number(sessionStorage.getItem(`${this.key}:started`)) || 0;
    this.build();
    this.watch();
  }

  build() {
    for (const name of ["look.css", "stage.css"]) {
      const style = document.createElement("link");
      style.rel = "stylesheet";
      style.href = new URL(name, import.meta.url).href;
      style.onload = () => this.fit();
      document.head.append(style);
    }
    for (let node = this.panel.content.node; node !== document.body; node = node.parentElement) {
      node.classList.add("nslab-stage-path");
    }
    document.body.classList.add("nslab-stage", "nslab-slides");
    this.foot = document.createElement("div");
    this.foot.className = "nslab-stage-foot";
    this.foot.setAttribute("role", "status");
    this.black = document.createElement("div");
    this.black.className = "nslab-stage-black";
    this.black.hidden = true;
    document.body.append(this.foot, this.black);
  }

  watch() {
    window.addEventListener("resize", () => this.fit());
    this.sizes = new ResizeObserver(() => this.fit());
    this.panel.sessionContext.statusChanged.connect((_, status) => {
      if (status === "autorestarting" || status === "restarting" || status === "dead") this.kernelDied();
    });
    setInterval(() => this.tick(), 250);
  }

  get slide() {
    return this.slides[this.index];
  }

  get code() {
    return this.slide.cells.filter((cell) => cell.model.type === "code");
  }

  state(cell) {
    return this.cells.get(cell)?.state ?? "waits";
  }

  remembered() {
    return Number(sessionStorage.getItem(`${this.key}:slide`)) || 0;
  }

  go(index) {
    this.index = Math.max(0, Math.min(this.slides.length - 1, index));
    sessionStorage.setItem(`${this.key}:slide`, this.index);
    if (this.index > 0 && !this.started) {
      this.started = Date.now();
      sessionStorage.setItem(`${this.key}:started`, this.started);
    }
    this.black.hidden = true;
    const on = new Set(this.slide.cells);
    for (const cell of this.panel.content.widgets) cell.node.classList.toggle("nslab-on", on.has(cell));
    this.sizes.disconnect();
    for (const cell of on) this.sizes.observe(cell.node);
    this.outer.scrollTop = 0;
    this.fit();
    this.changed();
  }

  // What comes next: the slide's cell, and when it has run, the next slide. A cell that is late or has failed is
  // stood for by what it showed when it was checked, so a remote with two keys is enough.
  next() {
    if (!this.black.hidden) return this.dark();
    const cell = this.code.find((each) => !["done", "last good"].includes(this.state(each)));
    if (!cell) return this.go(this.index + 1);
    if (this.state(cell) === "waits") return this.run(cell);
    if (this.state(cell) === "failed" || this.isLate(cell)) {
      if (this.good.has(cell)) return this.lastGood();
      return this.go(this.index + 1);
    }
    return undefined;
  }

  isLate(cell) {
    const { state, since } = this.cells.get(cell) ?? {};
    return state === "runs" && (Date.now() - since) / 1000 > 2 * (this.good.seconds(cell) ?? LATE) + LATE;
  }

  async run(cell = this.code.at(-1)) {
    if (!cell || this.state(cell) === "runs") return;
    const turn = ++this.turn;
    this.cells.set(cell, { state: "runs", since: Date.now(), turn });
    this.changed();
    const notebook = this.panel.content;
    notebook.activeCellIndex = notebook.widgets.indexOf(cell);
    notebook.deselectAll();
    notebook.mode = "command";
    let right = false;
    try {
      await this.app.commands.execute("notebook:run-cell");
      right = !cell.model.outputs.toJSON().some((output) => output.output_type === "error");
    } catch (error) {
      console.warn("nslab-stage: the cell did not end", error);
    }
    const now = this.cells.get(cell);
    if (now.turn !== turn || now.state !== "runs") return; // something else has taken its place
    this.cells.set(cell, { ...now, state: right ? "done" : "failed", took: (Date.now() - now.since) / 1000 });
    this.changed();
  }

  lastGood() {
    const cell = this.code.findLast((each) => this.good.has(each));
    if (!cell) return;
    const runs = this.state(cell) === "runs";
    this.cells.set(cell, { state: "last good" });
    this.good.show(cell);
    if (runs) this.stop();
    this.changed();
  }

  stop() {
    this.panel.sessionContext.session?.kernel?.interrupt().catch(() => {});
  }

  kernelDied() {
    for (const [cell, { state }] of this.cells) {
      if (state !== "runs") continue;
      this.cells.set(cell, { state: "failed" });
      if (this.good.has(cell)) {
        this.cells.set(cell, { state: "last good" });
        this.good.show(cell);
      }
    }
    this.changed();
  }

  dark() {
    this.black.hidden = !this.black.hidden;
  }

  theme() {
    const light = document.body.dataset.jpThemeLight === "true";
    this.app.commands.execute("apputils:change-theme", { theme: light ? "JupyterLab Dark" : "JupyterLab Light" });
  }

  openNotes() {
    window.open(new URL("notes.html", import.meta.url).href, "nslab-notes", "popup,width=1000,height=700");
  }

  get outer() {
    return this.panel.content.node.querySelector(".jp-WindowedPanel-outer") ?? this.panel.content.node;
  }

  fit() {
    if (this.index === undefined) return;
    const cells = this.slide.cells.map((cell) => cell.node);
    fit(document.body, cells, window.innerHeight - this.foot.offsetHeight - 8, window.innerHeight);
  }

  tick() {
    if (this.index === undefined) return;
    // JupyterLab says that a kernel has died, or that its server did not answer, in a dialog that would stand over the
    // slide; of both it mends itself what can be mended.
    for (const dialog of document.querySelectorAll(".jp-Dialog")) {
      if (/Kernel Restarting|Server Connection Error/.test(dialog.textContent)) dialog.querySelector(".jp-mod-accept")?.click();
    }
    const running = this.code.find((cell) => this.state(cell) === "runs");
    if (running) this.changed();
  }

  changed() {
    const running = this.code.find((cell) => this.state(cell) === "runs");
    const seconds = running ? Math.round((Date.now() - this.cells.get(running).since) / 1000) : 0;
    const runs = running ? `runs for ${seconds} s   ` : "";
    this.foot.textContent = `${runs}${this.index + 1} / ${this.slides.length}`;
    this.told();
  }
}
