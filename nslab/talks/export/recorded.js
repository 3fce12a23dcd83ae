// Plays what a panel's charts were drawn from, again and again, as fast as it was measured.
const AGAIN = 2; // seconds for which the end is shown

class Recorded {
  constructor(element) {
    const { seconds, charts } = JSON.parse(element.querySelector("script").textContent);
    this.seconds = seconds;
    this.charts = charts.map(({ block, samples, marks }) => {
      const chart = new LiveChart({ ...block, seconds });
      element.append(chart.el);
      return { chart, samples, marks, at: Infinity };
    });
    this.element = element;
  }

  // Shows what had been measured `now` seconds after the beginning; who does not want movement sees the end.
  show(now) {
    for (const each of this.charts) {
      const first = each.samples[0]?.[0] ?? 0;
      const [from, to] = [each.at > now ? -1 : each.at, Math.min(now, this.seconds)];
      const between = ([when]) => when - first > from && when - first <= to;
      const news = { samples: each.samples.filter(between), marks: each.marks.filter(between), all: from < 0 };
      each.at = now;
      if (news.samples.length || news.all) each.chart.add(news);
    }
  }

  play() {
    const began = performance.now();
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const step = () => {
      if (!this.element.offsetHeight) return setTimeout(step, 500);
      const gone = (performance.now() - began) / 1000;
      this.show(still ? this.seconds : gone % (this.seconds + AGAIN));
      setTimeout(step, 80);
    };
    step();
  }
}

for (const element of document.querySelectorAll(".nslab-recorded")) new Recorded(element).play();
