// Makes a slide fit the screen: type gets smaller, down to a fortieth of the screen's height; then what can be spared is
// left out, with a mark; and what is longer still is marked, and can be scrolled.
const BASE = 3.2; // hundredths of the screen's height, as in stage.css
const SMALLEST = 2.5;

export function fit(root, cells, tall) {
  const shown = cells.filter((cell) => cell.node.offsetHeight);
  if (!shown.length) return;
  const fits = () => shown.at(-1).node.getBoundingClientRect().bottom - shown[0].node.getBoundingClientRect().top <= tall;
  const smaller = () => {
    for (let size = BASE; size > SMALLEST; size -= 0.1) {
      root.style.setProperty("--nslab-type", `${size.toFixed(1)}vh`);
      if (fits()) return true;
    }
    root.style.setProperty("--nslab-type", `${SMALLEST}vh`);
    return fits();
  };
  root.classList.remove("nslab-shortened", "nslab-longer");
  if (smaller()) return;
  root.classList.add("nslab-shortened");
  if (smaller()) return;
  root.classList.add("nslab-longer");
}
