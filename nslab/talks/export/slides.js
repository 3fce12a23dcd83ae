// Turns the slides of an exported talk, and fits each to the screen. Nothing is asked of a network.
const slides = [...document.querySelectorAll("section")];
let at = 0;

// As on stage: type gets smaller, down to a fortieth of the height; then what can be spared is left out, with a mark. What is
// longer still is made smaller as a whole.
const BASE = 3.4; // hundredths of the height
const SMALLEST = 2.5;

function fit(slide) {
  const content = slide.querySelector(".fit");
  const style = getComputedStyle(slide);
  const width = slide.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const height = slide.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  const fits = () => content.scrollWidth <= width + 1 && content.scrollHeight <= height + 1;
  const smaller = () => {
    for (let size = BASE; size >= SMALLEST - 0.01; size -= 0.1) {
      content.style.fontSize = `${(size * slide.clientHeight) / 100}px`;
      if (fits()) return true;
    }
    return false;
  };
  content.style.transform = "";
  slide.classList.remove("shortened");
  if (smaller()) return;
  slide.classList.add("shortened");
  if (smaller()) return;
  const factor = Math.min(width / content.scrollWidth, height / content.scrollHeight);
  content.style.transform = `scale(${factor})`;
}

function show(number) {
  at = Math.max(0, Math.min(slides.length - 1, number));
  slides.forEach((slide, index) => slide.classList.toggle("now", index === at));
  fit(slides[at]);
  history.replaceState(null, "", `#${at + 1}`);
}

const KEYS = {
  PageDown: () => show(at + 1),
  ArrowRight: () => show(at + 1),
  " ": () => show(at + 1),
  PageUp: () => show(at - 1),
  ArrowLeft: () => show(at - 1),
  Home: () => show(0),
  End: () => show(slides.length - 1),
  b: () => document.body.classList.toggle("black"),
  ".": () => document.body.classList.toggle("black"),
  t: () => {
    const body = document.body.dataset;
    body.jpThemeLight = body.jpThemeLight === "false" ? "true" : "false";
  },
};

addEventListener("keydown", (event) => {
  const act = KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!act || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  act();
});
addEventListener("resize", () => show(at));
addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1));
addEventListener("beforeprint", () => {
  document.body.classList.add("printing");
  slides.forEach(fit);
});
addEventListener("afterprint", () => {
  document.body.classList.remove("printing");
  show(at);
});
show((Number(location.hash.slice(1)) || 1) - 1);
