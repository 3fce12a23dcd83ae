// Makes a slide fit: type gets smaller, down to a fortieth of the slide's height; then what can be spared is left out, with
// a mark; then the cell's source, which the speaker has on his own screen; then a panel's lower parts. What is longer still is
// marked, and can be scrolled.
const BASE = 3.2; // hundredths of the slide's height, as in look.css
const SMALLEST = 2.5;
const STEPS = ["nslab-shortened", "nslab-sourceless", "nslab-bare", "nslab-longer"];

// `root` is the element that gets the classes and the size; `content` are the elements that are to be within `tall` pixels,
// on a slide that is `height` pixels high.
export function fit(root, content, tall, height) {
  const shown = content.filter((each) => each.offsetHeight);
  if (!shown.length) return;
  const fits = () => shown.at(-1).getBoundingClientRect().bottom - shown[0].getBoundingClientRect().top <= tall;
  const smaller = () => {
    for (let size = BASE; ; size -= 0.1) {
      root.style.setProperty("--nslab-type", `calc(${Math.max(size, SMALLEST).toFixed(1)} * var(--vh))`);
      for (const each of shown) writeCharts(each, height / 40);
      if (fits()) return true;
      if (size <= SMALLEST) return false;
    }
  };
  root.classList.remove(...STEPS);
  for (const step of STEPS) {
    if (smaller()) return;
    root.classList.add(step);
  }
}

// A drawing is made larger or smaller as a whole, and its words with it. Those that would be too small are written larger.
function writeCharts(element, least) {
  for (const chart of element.querySelectorAll("svg.nslab-chart")) {
    const own = Math.min(...[...chart.querySelectorAll("text")].map((each) => parseFloat(each.style.fontSize) || 12));
    const scale = chart.getScreenCTM()?.a || 1;
    chart.classList.toggle("nslab-enlarged", own * scale < least);
    chart.style.setProperty("--nslab-chart-type", (least / scale).toFixed(2));
  }
}
