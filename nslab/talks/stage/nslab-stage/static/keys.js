// The keys of a remote and of the keyboard. Page keys are the stage's wherever the focus is; letters and arrows are left
// to a field that somebody types in. All others would be JupyterLab's, which deletes a cell at two of them.
const ALWAYS = { PageDown: (s) => s.next(), PageUp: (s) => s.go(s.index - 1) };
const ELSE = {
  ArrowRight: (s) => s.go(s.index + 1),
  ArrowLeft: (s) => s.go(s.index - 1),
  Home: (s) => s.go(0),
  End: (s) => s.go(s.slides.length - 1),
  b: (s) => s.dark(),
  ".": (s) => s.dark(),
  l: (s) => s.lastGood(),
  n: (s) => s.openNotes(),
  r: (s) => s.run(),
  t: (s) => s.theme(),
  Escape: (s) => s.stop(),
};
const TYPED = "input, select, textarea, [contenteditable='true'], .cm-content";

export class Keys {
  constructor(stage) {
    this.stage = stage;
    window.addEventListener("keydown", (event) => this.pressed(event), { capture: true });
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const typed = event.target instanceof Element && event.target.closest(TYPED);
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = ALWAYS[name] ?? (!typed || name === "Escape" ? ELSE[name] : null);
    if (act) {
      event.preventDefault();
      event.stopImmediatePropagation();
      if (!event.repeat) act(this.stage);
    } else if (!typed) {
      event.stopImmediatePropagation();
    }
  }
}
