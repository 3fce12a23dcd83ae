// A panel: a title, blocks of controls, tables and charts, and a line that says what happened.

class Panel {
  constructor(model, el) {
    this.model = model;
    this.id = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
    this.made = new Map();
    this.charts = new Map();
    this.texts = new Map();
    this.root = document.createElement("section");
    this.root.className = "nslab nslab-panel";
    this.title = document.createElement("div");
    this.title.className = "nslab-title";
    this.about = document.createElement("p");
    this.about.className = "nslab-foot";
    this.body = document.createElement("div");
    this.said = document.createElement("p");
    this.said.className = "nslab-said";
    this.said.setAttribute("role", "status");
    this.root.append(this.title, this.about, this.body);
    el.append(this.root);
    // Keys are meant for the panel here, not for the notebook's own commands.
    this.root.addEventListener("keydown", (event) => event.stopPropagation());
    this.told = null;
    this.missed = false;
    this.watch = setInterval(() => this.miss(), 2000);
    this.leaves = () => this.send("gone");
    window.addEventListener("pagehide", this.leaves);
    this.show();
    this.send("hello");
  }

  // A control without a value, such as a button, sends none; null is a value.
  send(name, value) {
    this.heard = performance.now();
    this.model.send({ do: name, value, view: this.id });
  }

  show() {
    this.title.textContent = this.model.get("title");
    this.root.setAttribute("aria-label", this.model.get("title"));
    this.about.textContent = this.model.get("about");
    const focused = document.activeElement;
    this.used = new Set();
    this.texts.clear();
    const blocks = this.model.get("blocks");
    // The message stands below the controls, and above blocks that may be longer than the screen.
    const below = blocks.findIndex((block) => block.kind !== "bar");
    const shown = blocks.map((block) => this.block(block));
    shown.splice(below < 0 ? shown.length : below, 0, this.said);
    fill(this.body, shown);
    if (blocks[0]?.key === "ended") this.told = null;
    for (const [key, chart] of this.charts) {
      if (!this.used.has(`chart ${key}`)) {
        chart.close();
        this.charts.delete(key);
      }
    }
    for (const key of this.made.keys()) if (!this.used.has(key)) this.made.delete(key);
    if (focused !== document.activeElement && this.root.contains(focused)) focused.focus();
  }

  say(text, bad) {
    this.said.textContent = text;
    this.said.classList.toggle("nslab-bad", bad);
  }

  // While a panel lives its kernel sends something every second.
  miss() {
    if (this.told === null || performance.now() - this.told < 10_000) return;
    this.missed = true;
    this.say("The kernel does not answer. It runs another cell; or it was restarted: then run this cell again.", true);
  }

  once(key, make) {
    this.used.add(key);
    if (!this.made.has(key)) this.made.set(key, make());
    return this.made.get(key);
  }

  element(key, tag, css = "") {
    return this.once(key, () => {
      const el = document.createElement(tag);
      if (css) el.className = css;
      return el;
    });
  }

  block(block) {
    return this[`draw_${block.kind}`](block, `${block.kind} ${block.key}`);
  }

  item(item, key) {
    if (typeof item === "string") item = { kind: "text", key: "", text: item, tone: "", swatch: null };
    const name = item.name ?? item.key;
    const control = this.once(`${item.kind} ${name || key}`, () =>
      CONTROLS[item.kind]((value) => this.send(item.name, value)),
    );
    control.update(item);
    if (item.kind === "text" && item.key) this.texts.set(item.key, control.words);
    return control.el;
  }

  draw_bar(block, key) {
    const el = this.element(key, "div", "nslab-bar");
    fill(el, block.items.map((item, i) => this.item(item, `${key} ${i}`)));
    return el;
  }

  draw_table(block, key) {
    const el = this.element(key, "div", "nslab-scroll");
    const table = this.element(`${key} table`, "table");
    const caption = this.element(`${key} caption`, "caption");
    caption.textContent = block.caption;
    const head = this.element(`${key} head`, "thead");
    const names = this.element(`${key} names`, "tr");
    fill(names, block.columns.map((name, i) => {
      const th = this.element(`${key} name ${i}`, "th");
      th.scope = "col";
      th.textContent = name;
      return th;
    }));
    fill(head, [names]);
    const body = this.element(`${key} body`, "tbody");
    fill(body, block.rows.map((row) => {
      const tr = this.element(`${key} row ${row.key}`, "tr");
      fill(tr, row.cells.map((cell, i) => {
        const at = `${key} cell ${row.key} ${i}`;
        const td = this.element(at, i ? "td" : "th");
        if (!i) td.scope = "row";
        fill(td, (Array.isArray(cell) ? cell : [cell]).map((part, n) => this.item(part, `${at} ${n}`)));
        return td;
      }));
      return tr;
    }));
    fill(table, [caption, head, body]);
    fill(el, [table]);
    return el;
  }

  draw_chart(block, key) {
    this.used.add(key);
    if (!this.charts.has(block.key)) this.charts.set(block.key, new LiveChart(block));
    const chart = this.charts.get(block.key);
    chart.update(block);
    return chart.el;
  }

  draw_log(block, key) {
    const el = this.element(key, "div", "nslab-log");
    const title = this.element(`${key} title`, "div", "nslab-tone-soft");
    title.textContent = block.title;
    const lines = this.element(`${key} lines`, "pre");
    if (lines.textContent !== block.lines.join("\n")) lines.textContent = block.lines.join("\n");
    fill(el, block.title ? [title, lines] : [lines]);
    return el;
  }

  draw_html(block, key) {
    const el = this.element(key, "div", block.tall ? "nslab-tall" : "");
    if (block.tall) el.tabIndex = 0; // so that the keys scroll it
    if (el.shown !== block.body) {
      el.innerHTML = block.body;
      el.shown = block.body;
    }
    return el;
  }

  draw_columns(block, key) {
    const el = this.element(key, "div", "nslab-columns");
    fill(el, block.sides.map((side, i) => {
      const column = this.element(`${key} side ${i}`, "div");
      fill(column, side.map((inner) => this.block(inner)));
      return column;
    }));
    return el;
  }

  draw_console(block, key) {
    const el = this.element(key, "div", "nslab-console");
    const title = this.element(`${key} title`, "div", "nslab-tone-soft");
    title.textContent = block.title;
    const output = this.element(`${key} output`, "pre");
    output.setAttribute("aria-label", `${block.title}: output`);
    output.tabIndex = 0;
    const fresh = output.textContent !== block.output;
    if (fresh) output.textContent = block.output;
    fill(el, [title, output, this.item(block.command, `${key} command`)]);
    if (fresh) output.scrollTop = output.scrollHeight;
    return el;
  }

  receive(message, buffers) {
    if (message.what === "live") {
      this.told = performance.now();
      if (this.missed) this.say("", false);
      this.missed = false;
      for (const [key, news] of Object.entries(message.charts)) this.charts.get(key)?.add(news);
      for (const [key, words] of Object.entries(message.texts)) {
        const el = this.texts.get(key);
        if (el && el.textContent !== words) el.textContent = words;
      }
      // The kernel ends a panel that nobody answers for.
      if (performance.now() - this.heard > 1000) this.send("here");
    } else if (message.what === "said") {
      this.say(message.text, message.bad);
      if (message.bad) this.show(); // a value that was refused gives way to the one in force
    } else if (message.what === "file" && message.view === this.id) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([buffers[0]], { type: message.type }));
      link.download = message.name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    }
  }

  close() {
    clearInterval(this.watch);
    window.removeEventListener("pagehide", this.leaves);
    this.send("gone");
    for (const chart of this.charts.values()) chart.close();
  }
}

// Put these elements into a parent. One that is in its place is not moved: it would lose the focus, or a drag.
function fill(parent, children) {
  children.forEach((child, i) => {
    if (parent.childNodes[i] !== child) parent.insertBefore(child, parent.childNodes[i] ?? null);
  });
  while (parent.childNodes.length > children.length) parent.lastChild.remove();
}

function render({ model, el }) {
  const panel = new Panel(model, el);
  const show = () => panel.show();
  const receive = (message, buffers) => panel.receive(message, buffers);
  for (const name of ["title", "about", "blocks"]) model.on(`change:${name}`, show);
  model.on("msg:custom", receive);
  return () => {
    for (const name of ["title", "about", "blocks"]) model.off(`change:${name}`, show);
    model.off("msg:custom", receive);
    panel.close();
  };
}
export default { render };
