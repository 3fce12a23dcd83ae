// A task: its text, a field for the answer, a button for each verb, one line that says how it went, and what was found.

const SILENT = 5000; // ms after which a kernel that has not even begun is told of

class Card {
  constructor(model, el) {
    this.model = model;
    this.made = new Map();
    this.pages = {};
    this.root = element("section", "nslab nslab-panel nslab-exercise");
    this.text = element("div");
    this.answer = element("label", "nslab-entry");
    this.asked = element("span");
    this.field = element("input");
    this.field.type = "text";
    this.answer.append(this.asked, this.field);
    this.bar = element("div", "nslab-bar");
    this.said = element("p", "nslab-said");
    this.said.setAttribute("role", "status");
    this.found = element("div", "nslab-found");
    this.root.append(this.text, this.bar, this.said, this.found);
    el.append(this.root);
    // Keys are meant for the card here, not for the notebook's own commands.
    this.root.addEventListener("keydown", (event) => event.stopPropagation());
    this.field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.press(this.model.get("verbs").find((each) => each.main));
    });
    this.waits = null;
    this.show();
  }

  show() {
    const [verbs, asked, busy, turn] = ["verbs", "asked", "busy", "turn"].map((key) => this.model.get(key));
    if (busy || turn !== this.turn) this.heard();
    this.root.setAttribute("aria-label", this.model.get("title"));
    this.page(this.text, "task");
    this.asked.textContent = asked && `Your answer, ${asked}:`;
    const focused = this.root.contains(document.activeElement) ? document.activeElement : null;
    const buttons = verbs.map((verb) => this.button(verb, busy));
    const wanted = asked ? [this.answer, ...buttons] : buttons;
    if (wanted.some((each, i) => this.bar.childNodes[i] !== each) || this.bar.childNodes.length !== wanted.length) {
      this.bar.replaceChildren(...wanted);
      // The keyboard goes on where it was, or with what comes next.
      if (focused) (wanted.includes(focused) ? focused : asked ? this.field : buttons[0]).focus();
    }
    this.page(this.found, "found");
    // What a click says of itself stays until the kernel has something to say.
    const waits = this.model.get("waits");
    if (turn !== this.turn) {
      this.say(this.model.get("said"), this.model.get("bad"));
      // What came of it may lie below the edge of the page; the first time there is nothing yet.
      if (this.turn !== undefined) this.found.scrollIntoView({ block: "nearest" });
    } else if (busy && waits && waits !== this.waiting) this.say(waits, false);
    this.turn = turn;
    this.waiting = waits;
  }

  // What is there already is not written again: a selection in it would be lost.
  page(el, name) {
    if (this.pages[name] === this.model.get(name)) return;
    this.pages[name] = this.model.get(name);
    el.innerHTML = this.pages[name];
  }

  button(verb, busy) {
    if (!this.made.has(verb.key)) {
      const made = element("button");
      made.type = "button";
      made.addEventListener("click", () => this.press(this.model.get("verbs").find((each) => each.key === verb.key)));
      made.addEventListener("blur", () => this.ask(null));
      this.made.set(verb.key, made);
    }
    const made = this.made.get(verb.key);
    made.className = "nslab-button" + (verb.main ? " nslab-main" : "");
    made.textContent = this.sure === verb.key ? verb.sure : verb.text;
    made.title = verb.about;
    // Not `disabled`, which would take the focus away.
    made.setAttribute("aria-disabled", String(Boolean(busy)));
    return made;
  }

  // What cannot be undone is asked for a second time.
  ask(key) {
    if (this.sure === key) return;
    this.sure = key;
    this.show();
  }

  press(verb) {
    if (!verb || this.waits || this.model.get("busy")) return;
    if (verb.sure && this.sure !== verb.key) {
      this.ask(verb.key);
      return;
    }
    this.sure = null;
    this.say(`${verb.text} …`, false);
    this.waits = setTimeout(() => this.miss(), SILENT);
    try {
      this.model.send({ do: verb.key, answer: this.field.value });
    } catch {
      this.miss(); // its kernel is gone
    }
  }

  miss() {
    this.heard();
    this.say("The kernel does not answer. It runs another cell; or it was restarted: then run this cell again.", true);
  }

  heard() {
    clearTimeout(this.waits);
    this.waits = null;
  }

  say(text, bad) {
    this.said.textContent = text;
    this.said.classList.toggle("nslab-bad", bad);
  }
}

function element(tag, css = "") {
  const el = document.createElement(tag);
  if (css) el.className = css;
  return el;
}

function render({ model, el }) {
  const card = new Card(model, el);
  const show = () => card.show();
  model.on("change", show);
  return () => {
    model.off("change", show);
    card.heard();
  };
}
export default { render };
