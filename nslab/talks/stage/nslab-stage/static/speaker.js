// Tells the speaker's page where the talk is. Both are pages of one browser, so nothing of it leaves this machine, and it
// works while the kernel is busy or dead.
export const CHANNEL = "nslab-talk";

export class Speaker {
  constructor(stage) {
    this.stage = stage;
    this.channel = new BroadcastChannel(CHANNEL);
    this.channel.onmessage = ({ data }) => {
      if (data.ask) this.tell();
      else if (data.does) this.does(data.does);
    };
    stage.told = () => this.tell();
  }

  does(what) {
    if (["next", "lastGood", "stop", "dark"].includes(what)) this.stage[what]();
    else if (what === "back") this.stage.go(this.stage.index - 1);
    else if (what === "skip") this.stage.go(this.stage.index + 1);
  }

  tell() {
    const { stage } = this;
    if (stage.index === undefined) return;
    const { slide, slides, index } = stage;
    const following = slides[index + 1];
    const total = slides[slides.length - 1];
    this.channel.postMessage({
      slide: index + 1, of: slides.length, title: slide.title, notes: slide.notes, wrong: slide.wrong,
      seconds: slide.seconds, before: slide.before, total: total.before + total.seconds, started: stage.started,
      next: following ? following.title : "the end",
      cells: stage.code.map((cell) => ({
        source: cell.model.sharedModel.getSource(), state: stage.state(cell), late: stage.isLate(cell),
        usual: stage.good.seconds(cell), since: stage.cells.get(cell)?.since ?? 0,
      })),
      good: stage.good.at,
    });
  }
}
