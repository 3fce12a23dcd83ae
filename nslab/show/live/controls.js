// Native controls, as they are known to keyboards and to screen readers. Each is made once and then brought up to date.

const CONTROLS = {
  text(send) {
    const el = document.createElement("span");
    const swatch = document.createElement("span");
    const words = document.createElement("span");
    swatch.setAttribute("aria-hidden", "true");
    el.append(swatch, words);
    return {
      el,
      words,
      update(item) {
        el.className = item.tone ? `nslab-tone-${item.tone}` : "";
        swatch.className = item.swatch === null ? "" : "nslab-swatch";
        swatch.style.background = item.swatch === null ? "" : `var(--nslab-line-${(item.swatch % LINES) + 1})`;
        if (words.textContent !== item.text) words.textContent = item.text;
      },
    };
  },

  button(send) {
    const el = document.createElement("button");
    el.type = "button";
    el.addEventListener("click", () => send());
    return {
      el,
      update(item) {
        el.className = "nslab-button" + (item.main ? " nslab-main" : "");
        el.textContent = item.text;
        el.disabled = item.off;
        set(el, "aria-label", item.label);
        set(el, "aria-pressed", item.pressed === null ? "" : String(item.pressed));
      },
    };
  },

  slider(send) {
    const el = document.createElement("span");
    el.className = "nslab-slider";
    const name = document.createElement("span");
    const range = document.createElement("input");
    range.type = "range";
    const box = document.createElement("input");
    box.type = "text";
    box.inputMode = "decimal";
    const unit = document.createElement("span");
    unit.className = "nslab-tone-soft";
    el.append(name, range, box, unit);
    let item;
    let moved = 0;
    let typing = false;
    const called = (value) => (value === null ? item.none : String(value));
    range.addEventListener("input", () => {
      moved = performance.now();
      const value = item.stops[Number(range.value)];
      box.value = called(value);
      range.setAttribute("aria-valuetext", `${called(value)} ${value === null ? "" : item.unit}`.trim());
      send(value);
    });
    box.addEventListener("input", () => (typing = true));
    box.addEventListener("change", () => {
      typing = false;
      const typed = box.value.trim();
      if (item.none && (typed === "" || typed === item.none)) send(null);
      else send(typed === "" || isNaN(typed) ? typed : Number(typed));
    });
    return {
      el,
      update(next) {
        item = next;
        name.textContent = item.show ? item.label : "";
        range.min = 0;
        range.max = item.stops.length - 1;
        range.step = 1;
        range.setAttribute("aria-label", item.label);
        box.setAttribute("aria-label", `${item.label}, exact`);
        unit.textContent = item.unit;
        // What the kernel said a moment ago must not pull the slider out of a moving hand, nor undo what is being typed.
        if (performance.now() - moved < 400) return;
        range.value = nearest(item.stops, item.value);
        range.setAttribute("aria-valuetext", `${called(item.value)} ${item.value === null ? "" : item.unit}`.trim());
        if (!typing || document.activeElement !== box) box.value = called(item.value);
      },
    };
  },

  entry(send) {
    const el = document.createElement("label");
    const name = document.createElement("span");
    const input = document.createElement("input");
    input.type = "text";
    input.spellcheck = false;
    input.autocomplete = "off";
    el.append(name, input);
    let item;
    const past = [];
    let at = 0;
    input.addEventListener("change", () => {
      if (!item.command) send(input.value);
    });
    input.addEventListener("keydown", (event) => {
      if (!item.command || event.isComposing) return;
      if (event.key === "Enter") {
        if (input.value.trim()) past.push(input.value);
        at = past.length;
        send(input.value);
        input.value = "";
      } else if (event.key === "ArrowUp" || event.key === "ArrowDown") {
        event.preventDefault();
        at = Math.min(Math.max(at + (event.key === "ArrowUp" ? -1 : 1), 0), past.length);
        input.value = past[at] ?? "";
      }
    });
    return {
      el,
      update(next) {
        const fresh = item?.value !== next.value || document.activeElement !== input;
        item = next;
        el.className = "nslab-entry" + (item.wide ? " nslab-wide" : "");
        name.textContent = item.show ? item.label : "";
        input.setAttribute("aria-label", item.label);
        input.placeholder = item.hint;
        if (fresh) input.value = item.value;
      },
    };
  },

  check(send) {
    const el = document.createElement("label");
    el.className = "nslab-check";
    const input = document.createElement("input");
    input.type = "checkbox";
    const words = document.createElement("span");
    el.append(input, words);
    input.addEventListener("change", () => send(input.checked));
    return {
      el,
      update(item) {
        input.checked = item.value;
        input.disabled = item.off;
        words.textContent = item.text;
      },
    };
  },

  choice(send) {
    const el = document.createElement("label");
    el.className = "nslab-entry";
    const name = document.createElement("span");
    const select = document.createElement("select");
    el.append(name, select);
    select.addEventListener("change", () => send(select.value));
    return {
      el,
      update(item) {
        name.textContent = item.show ? item.label : "";
        select.setAttribute("aria-label", item.label);
        const options = [...select.options].map((o) => o.value);
        if (options.join("\n") !== item.options.join("\n")) {
          select.replaceChildren(...item.options.map((o) => new Option(o, o)));
        }
        select.value = item.value;
      },
    };
  },
};

function set(el, name, value) {
  if (value) el.setAttribute(name, value);
  else el.removeAttribute(name);
}

function nearest(stops, value) {
  if (value === null) return Math.max(stops.indexOf(null), 0);
  let best = 0;
  stops.forEach((stop, i) => {
    if (stop !== null && (stops[best] === null || Math.abs(stop - value) < Math.abs(stops[best] - value))) best = i;
  });
  return best;
}
