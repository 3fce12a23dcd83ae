// A live chart on a canvas: measured lines, dashed what theory expects, over the last seconds.

const LINES = 6;

class LiveChart {
  constructor(block) {
    this.block = block;
    this.samples = [];
    this.marks = [];
    this.frames = 0;
    this.top = 0;
    this.el = document.createElement("div");
    this.el.className = "nslab-live" + (block.low ? " nslab-low" : "");
    this.canvas = document.createElement("canvas");
    this.canvas.setAttribute("role", "img");
    this.canvas.chart = this; // what it shows, for programs that read the page
    this.el.append(this.canvas);
    this.resized = new ResizeObserver(() => {
      this.style = undefined; // the type may have another size, too
      this.draw();
    });
    this.resized.observe(this.el);
    this.describe();
  }

  update(block) {
    this.block = block;
    this.draw();
  }

  add(news) {
    if (news.all) {
      this.samples = [];
      this.marks = [];
    }
    this.samples.push(...news.samples);
    this.marks.push(...news.marks);
    const last = this.samples.at(-1)?.[0] ?? 0;
    const first = last - this.block.seconds - 1;
    while (this.samples.length && this.samples[0][0] < first) this.samples.shift();
    while (this.marks.length && this.marks[0][0] < first) this.marks.shift();
    this.wanted ??= requestAnimationFrame(() => {
      this.wanted = undefined;
      this.draw();
    });
  }

  describe() {
    const { quantity, unit, series } = this.block;
    const last = this.samples.at(-1);
    const ends = series.map((name) => {
      if (last?.[1][name] === undefined) return `${name}: nothing yet`;
      const theory = last[2][name] === undefined ? "" : `, expected ${last[2][name]} ${unit}`;
      return `${name}: ${last[1][name]} ${unit}${theory}`;
    });
    this.canvas.setAttribute("aria-label", `${quantity}. ${ends.join("; ")}.`);
  }

  look() {
    const now = performance.now();
    if (this.style && now - this.styled < 500) return this.style;
    const css = getComputedStyle(this.el);
    const get = (name, otherwise) => css.getPropertyValue(name).trim() || otherwise;
    this.styled = now;
    this.describe();
    this.style = {
      size: parseFloat(css.fontSize) * 0.86,
      family: css.fontFamily,
      text: css.color,
      soft: get("--nslab-soft", css.color),
      grid: get("--nslab-line", "#ccc"),
      stroke: parseFloat(get("--nslab-stroke", "1")),
      lines: Array.from({ length: LINES }, (_, i) => get(`--nslab-line-${i + 1}`, css.color)),
    };
    return this.style;
  }

  draw() {
    const width = this.el.clientWidth;
    const height = this.el.clientHeight;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    const pixels = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== pixels[0] || this.canvas.height !== pixels[1]) {
      [this.canvas.width, this.canvas.height] = pixels;
    }
    const g = this.canvas.getContext("2d");
    g.setTransform(ratio, 0, 0, ratio, 0, 0);
    g.clearRect(0, 0, width, height);
    const style = this.look();
    g.font = `${style.size}px ${style.family}`;
    const box = this.frame(g, style, width, height);
    g.save();
    g.beginPath();
    g.rect(box.left, box.top - 2, box.width, box.height + 4);
    g.clip();
    this.block.series.forEach((name, i) => this.line(g, box, name, 2, style.lines[i % LINES], 1.4 * style.stroke, [6, 4]));
    this.block.series.forEach((name, i) => this.line(g, box, name, 1, style.lines[i % LINES], 2.4 * style.stroke, []));
    g.restore();
    this.moments(g, box, style);
    this.ends(g, box, style);
    this.canvas.dataset.frames = ++this.frames;
  }

  frame(g, style, width, height) {
    const { quantity, unit, series, seconds } = this.block;
    const { low, high } = this.scale();
    const steps = this.block.low ? 2 : 4;
    const labels = Array.from({ length: steps + 1 }, (_, i) => short(low + ((high - low) * i) / steps));
    const left = Math.max(...labels.map((l) => g.measureText(l).width)) + style.size * 0.8;
    const names = Math.max(...series.map((n) => g.measureText(n).width), 0) + style.size * 4.5;
    const top = style.size * 2.1;
    const box = { left, top, width: width - left - names, height: height - top - style.size * 1.9 };
    box.end = this.samples.at(-1)?.[0] ?? 0;
    box.x = (when) => box.left + box.width * (1 - (box.end - when) / seconds);
    box.y = (value) => box.top + box.height * (1 - Math.min((value - low) / (high - low), 1.02));
    g.fillStyle = style.text;
    g.textAlign = "left";
    g.textBaseline = "top";
    g.fillText(`${quantity} (${unit})`, 0, 0);
    g.strokeStyle = style.grid;
    g.lineWidth = 1;
    g.textAlign = "right";
    g.textBaseline = "middle";
    labels.forEach((label, i) => {
      const y = Math.round(box.y(low + ((high - low) * i) / steps)) + 0.5;
      g.beginPath();
      g.moveTo(box.left, y);
      g.lineTo(box.left + box.width, y);
      g.stroke();
      g.fillText(label, box.left - style.size * 0.4, y);
    });
    g.textBaseline = "top";
    for (let ago = 0; ago <= seconds; ago += 10) {
      g.textAlign = ago === 0 ? "right" : ago === seconds ? "left" : "center";
      g.fillText(ago ? `${ago} s ago` : "now", box.x(box.end - ago), box.top + box.height + style.size * 0.5);
    }
    return box;
  }

  // The axis grows at once and shrinks only by half, so that it does not jump about.
  scale() {
    if (this.block.top) return { low: 0, high: this.block.top };
    let most = 0;
    let least = Infinity;
    for (const [, values, theory] of this.samples) {
      for (const name of this.block.series) {
        most = Math.max(most, values[name] ?? 0, theory[name] ?? 0);
        least = Math.min(least, values[name] ?? Infinity);
      }
    }
    if (this.block.near && most > 0) {
      // Steps of a quarter of a round number: the axis moves on now and then, and not with each sample.
      const step = nice((most - least) * 1.3 || 4) / 4;
      const low = Math.floor(least / step) * step;
      return { low, high: Math.max(low + 4 * step, low + Math.ceil((most - low) / step / 4) * 4 * step) };
    }
    const needed = nice(most * 1.08 || 1);
    if (needed > this.top || needed < this.top / 2) this.top = needed;
    return { low: 0, high: this.top };
  }

  line(g, box, name, column, colour, thick, dash) {
    g.strokeStyle = colour;
    g.lineWidth = thick;
    g.lineJoin = "round";
    g.setLineDash(dash);
    g.beginPath();
    const step = column === 2 || this.block.step;
    let before = null;
    for (const sample of this.samples) {
      const value = sample[column][name];
      if (value === undefined) {
        before = null;
        continue;
      }
      const x = box.x(sample[0]);
      const y = box.y(value);
      if (before === null) g.moveTo(x, y);
      else {
        if (step) g.lineTo(x, before);
        g.lineTo(x, y);
      }
      before = y;
    }
    g.stroke();
    g.setLineDash([]);
  }

  moments(g, box, style) {
    g.strokeStyle = style.soft;
    g.fillStyle = style.text;
    g.textBaseline = "top";
    g.lineWidth = style.stroke;
    let row = 0;
    for (const [when, word] of this.marks) {
      const x = box.x(when);
      if (x < box.left || x > box.left + box.width) continue;
      g.setLineDash([2, 3]);
      g.beginPath();
      g.moveTo(x, box.top);
      g.lineTo(x, box.top + box.height);
      g.stroke();
      const right = x + g.measureText(word).width + 4 > box.left + box.width;
      g.textAlign = right ? "right" : "left";
      g.fillText(word, x + (right ? -4 : 4), box.top + (row++ % 3) * style.size * 1.2);
    }
    g.setLineDash([]);
  }

  ends(g, box, style) {
    const last = this.samples.at(-1);
    if (!last) return;
    const names = this.block.series
      .map((name, i) => ({ name, value: last[1][name], colour: style.lines[i % LINES] }))
      .filter((end) => end.value !== undefined)
      .sort((a, b) => a.value - b.value);
    g.textAlign = "left";
    g.textBaseline = "middle";
    let lowest = box.top + box.height + style.size;
    for (const end of names) {
      lowest = Math.min(box.y(end.value), lowest - style.size * 1.15);
      g.fillStyle = end.colour;
      g.fillText(`${end.name} ${short(end.value)}`, box.left + box.width + style.size * 0.5, lowest);
    }
  }

  close() {
    this.resized.disconnect();
    if (this.wanted) cancelAnimationFrame(this.wanted);
  }
}

function short(value) {
  return value >= 100 || Number.isInteger(value) ? String(Math.round(value)) : value.toPrecision(2);
}

function nice(value) {
  const ten = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 6, 8, 10].find((n) => n * ten >= value) * ten;
}
