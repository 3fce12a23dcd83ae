// Turns the slides of an exported talk. Nothing is asked of a network; fit() is the stage's, in fit.js.
const slides = [...document.querySelectorAll("section")];
let at = 0;

function fitted(slide) {
  const content = slide.querySelector(".fit");
  const style = getComputedStyle(slide);
  const tall = slide.clientHeight - parseFloat(style.paddingTop) - parseFloat(style.paddingBottom);
  content.style.transform = "";
  fit(slide, [content], tall, slide.clientHeight);
  // Nobody can scroll paper.
  const paper = document.body.classList.contains("printing") && slide.classList.contains("nslab-longer");
  if (paper) content.style.transform = `scale(${tall / content.scrollHeight})`;
}

function show(number) {
  at = Math.max(0, Math.min(slides.length - 1, number));
  slides.forEach((slide, index) => slide.classList.toggle("now", index === at));
  fitted(slides[at]);
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
  slides.forEach(fitted);
});
addEventListener("afterprint", () => {
  document.body.classList.remove("printing");
  show(at);
});
show((Number(location.hash.slice(1)) || 1) - 1);
