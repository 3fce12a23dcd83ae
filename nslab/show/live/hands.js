// A question to a room: for each answer how many hands are raised, and how much of all that is.
function render({ model, el }) {
  const root = document.createElement("section");
  root.className = "nslab nslab-panel nslab-hands";
  root.setAttribute("aria-label", model.get("question"));
  const title = document.createElement("div");
  title.className = "nslab-title";
  title.textContent = model.get("question");
  const rows = model.get("options").map((option, i) => row(model, option, i));
  root.append(title, ...rows.map(({ el }) => el));
  // Keys are meant for the fields here, not for the notebook's own commands.
  root.addEventListener("keydown", (event) => event.stopPropagation());
  el.append(root);
  const show = () => {
    const counts = model.get("counts");
    const all = counts.reduce((sum, count) => sum + count, 0);
    rows.forEach(({ show }, i) => show(counts[i], all));
  };
  model.on("change:counts", show);
  show();
  return () => model.off("change:counts", show);
}

function row(model, option, i) {
  const el = document.createElement("div");
  el.className = "nslab-bar";
  const set = (count) => {
    const counts = [...model.get("counts")];
    counts[i] = Math.min(Math.max(Math.round(count) || 0, 0), 9999);
    model.set("counts", counts);
    model.save_changes();
  };
  const button = (sign, by, label) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "nslab-button";
    made.textContent = sign;
    made.setAttribute("aria-label", `${label}: ${option}`);
    made.addEventListener("click", () => set(model.get("counts")[i] + by));
    return made;
  };
  const box = document.createElement("input");
  box.type = "text";
  box.inputMode = "numeric";
  box.setAttribute("aria-label", `Hands: ${option}`);
  box.addEventListener("change", () => {
    set(Number(box.value));
    box.value = model.get("counts")[i];
  });
  const words = document.createElement("span");
  words.className = "nslab-hands-answer";
  words.textContent = option;
  const bar = document.createElement("span");
  bar.className = "nslab-hands-bar";
  const part = document.createElement("span");
  bar.append(part);
  const percent = document.createElement("span");
  percent.className = "nslab-hands-percent";
  el.append(button("−", -1, "One hand less"), box, button("+", 1, "One hand more"), words, bar, percent);
  return {
    el,
    show(count, all) {
      box.value = count;
      part.style.width = `${all ? (100 * count) / all : 0}%`;
      percent.textContent = all ? `${Math.round((100 * count) / all)} %` : "";
    },
  };
}
export default { render };
