// The size of type on the whole page: the style sheets multiply with these two.
let shown = 0;

function render({ model, el }) {
  const page = document.documentElement.style;
  const big = model.get("big");
  const mine = ++shown;
  page.setProperty("--nslab-scale", big ? "1.5" : "1");
  page.setProperty("--nslab-stroke", big ? "1.8" : "1");
  el.className = "nslab";
  el.textContent = big
    ? "Big type is on. nslab.present(big=False), or clearing this output, turns it off."
    : "Type has its usual size. nslab.present() makes it big.";
  return () => {
    if (mine !== shown) return;
    page.removeProperty("--nslab-scale");
    page.removeProperty("--nslab-stroke");
  };
}
export default { render };
