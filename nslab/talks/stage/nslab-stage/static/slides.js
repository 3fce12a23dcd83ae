// A notebook's cells as slides, by the standard slideshow metadata: a cell of the type "slide" or "subslide" begins one,
// "notes" are the speaker's, "skip" and what comes before the first slide are left out, and what has no type (or "-", or
// "fragment") belongs to the slide. nslab/talks/deck.py does the same.
const WRONG = "If it goes wrong:";

export function slidesOf(widgets) {
  const slides = [];
  widgets.forEach((widget) => {
    const type = widget.model.getMetadata("slideshow")?.slide_type ?? "-";
    const source = widget.model.sharedModel.getSource();
    if (type === "skip") return;
    if (type === "slide" || type === "subslide") {
      const seconds = widget.model.getMetadata("nslab")?.seconds ?? 0;
      slides.push({ title: titleOf(source), seconds, cells: [], notes: "", wrong: "" });
    }
    const slide = slides[slides.length - 1];
    if (!slide) return;
    if (type === "notes") addNotes(slide, source);
    else slide.cells.push(widget);
  });
  let before = 0;
  for (const slide of slides) {
    slide.before = before;
    before += slide.seconds;
  }
  return slides;
}

function titleOf(source) {
  return source.split("\n")[0].replace(/^#+\s*/, "");
}

function addNotes(slide, source) {
  const [said, ...wrong] = source.split(WRONG);
  slide.notes = said.trim();
  slide.wrong = wrong.join(WRONG).trim();
}
