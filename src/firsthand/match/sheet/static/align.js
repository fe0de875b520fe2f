// Draws how two pictures of a link lie on one another. Frames, outlines and matched places come
// first, without a pixel; pictures are added in the same two steps as everywhere.
(function () {
  "use strict";
  const { data, drawn, button, line, announce, hiders, stayAwake } = window.firsthandSheet;
  const SVG = "http://www.w3.org/2000/svg";
  const GAP = 24;
  const ALONE = [58, 72, 110]; // what only one of the two shows
  const BLINK_MS = 900; // slower than three changes a second (WCAG 2.2, 2.3.1)
  const VIEWS = [["beside", "Side by side"], ["slide", "Slider"], ["blink", "Blink"],
    ["differ", "Difference"]];

  function shape(name, values, ...classes) {
    const made = document.createElementNS(SVG, name);
    Object.entries(values).forEach(([key, value]) => made.setAttribute(key, value));
    made.setAttribute("class", classes.join(" "));
    return made;
  }

  function twice(svg, name, values, kind) {
    svg.append(shape(name, values, "halo", kind), shape(name, values, "dark", kind));
  }

  function moved(map, x, y) {
    const depth = map[6] * x + map[7] * y + map[8];
    return [(map[0] * x + map[1] * y + map[2]) / depth,
      (map[3] * x + map[4] * y + map[5]) / depth, depth];
  }

  function inverse(m) {
    const cof = [m[4] * m[8] - m[5] * m[7], m[2] * m[7] - m[1] * m[8], m[1] * m[5] - m[2] * m[4],
      m[5] * m[6] - m[3] * m[8], m[0] * m[8] - m[2] * m[6], m[2] * m[3] - m[0] * m[5],
      m[3] * m[7] - m[4] * m[6], m[1] * m[6] - m[0] * m[7], m[0] * m[4] - m[1] * m[3]];
    const det = m[0] * cof[0] + m[1] * cof[3] + m[2] * cof[6];
    return cof.map((value) => value / det);
  }

  function outlineOf(map, frame) {
    const [width, height] = frame;
    const corners = [[0, 0], [width, 0], [width, height], [0, height]].map(
      ([x, y]) => moved(map, x, y));
    return corners.every((corner) => corner[2] > 0) ? corners : null;
  }

  // Lays picture a on picture b by the map; what a does not cover is left clear.
  function laid(one, map, frame) {
    const [width, height] = frame;
    const back = inverse(map);
    const from = one.getContext("2d").getImageData(0, 0, one.width, one.height).data;
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const made = context.createImageData(width, height);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) {
        const [u, v, depth] = moved(back, x, y);
        const left = Math.floor(u), top = Math.floor(v);
        if (depth * back[8] <= 0 || left < 0 || top < 0 || left >= one.width - 1
          || top >= one.height - 1) continue;
        const du = u - left, dv = v - top, at = 4 * (y * width + x);
        const p = 4 * (top * one.width + left), q = p + 4 * one.width;
        for (let c = 0; c < 3; c += 1) {
          made.data[at + c] = (1 - dv) * ((1 - du) * from[p + c] + du * from[p + 4 + c])
            + dv * ((1 - du) * from[q + c] + du * from[q + 4 + c]);
        }
        made.data[at + 3] = 255;
      }
    }
    context.putImageData(made, 0, 0);
    return canvas;
  }

  // Black where both are equally bright, after levelling brightness and contrast.
  function difference(one, other) {
    const { width, height } = other;
    const a = one.getContext("2d").getImageData(0, 0, width, height);
    const b = other.getContext("2d").getImageData(0, 0, width, height).data;
    const sums = [0, 0, 0, 0, 0];
    for (let at = 0; at < b.length; at += 4) {
      if (!a.data[at + 3]) continue;
      const u = a.data[at + 1], v = b[at + 1];
      sums[0] += 1; sums[1] += u; sums[2] += v; sums[3] += u * u; sums[4] += v * v;
    }
    const n = Math.max(sums[0], 1), meanA = sums[1] / n, meanB = sums[2] / n;
    const devA = Math.sqrt(Math.max(sums[3] / n - meanA * meanA, 1));
    const devB = Math.sqrt(Math.max(sums[4] / n - meanB * meanB, 1));
    for (let at = 0; at < b.length; at += 4) {
      if (a.data[at + 3]) {
        const off = Math.abs((a.data[at + 1] - meanA) / devA * devB + meanB - b[at + 1]);
        a.data[at] = a.data[at + 1] = a.data[at + 2] = Math.min(255, 2 * off);
      } else {
        [a.data[at], a.data[at + 1], a.data[at + 2]] = ALONE;
      }
      a.data[at + 3] = 255;
    }
    const canvas = document.createElement("canvas");
    canvas.width = width;
    canvas.height = height;
    canvas.getContext("2d").putImageData(a, 0, 0);
    return canvas;
  }

  function alignment(item) {
    const link = data.links[Number(item.dataset.link)];
    const opener = item.querySelector(".align");
    const panel = item.querySelector(".alignment");
    if (!link || !opener) return;
    const [a, b] = link.at;
    const both = Boolean(data.pictures[a] && data.pictures[b]);
    let step = 0, view = "beside", share = 50, flip = false, timer = 0, turn = 0;
    const board = document.createElement("div");
    const tools = document.createElement("div");
    tools.className = "buttons";
    const views = document.createElement("div");
    views.className = "buttons";
    views.setAttribute("role", "group");
    views.setAttribute("aria-label", "How the two are shown");
    const more = document.createElement("div");
    more.className = "slide";

    function beside(canvases) {
      const [[wa, ha], [wb, hb]] = link.frames;
      const width = wa + GAP + wb, height = Math.max(ha, hb);
      const svg = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img",
        "aria-label": `${link.points.length} matched places in two frames` });
      if (!step) [[0, wa, ha, a], [wa + GAP, wb, hb, b]].forEach(([x, w, h, place]) => {
        svg.append(shape("rect", { x, y: 0, width: w, height: h }, "blank"));
        const name = shape("text", { x: x + 8, y: 24 }, "name");
        name.textContent = String(place + 1);
        svg.append(name);
      });
      link.points.forEach(([x, y, u, v]) => {
        twice(svg, "line", { x1: x, y1: y, x2: u + wa + GAP, y2: v }, "way");
      });
      if (link.map) {
        const there = outlineOf(link.map, link.frames[0]);
        const here = outlineOf(inverse(link.map), link.frames[1]);
        [[there, wa + GAP, wb, hb], [here, 0, wa, ha]].forEach(([corners, dx, w, h], at) => {
          if (!corners) return;
          const cut = shape("svg", { x: dx, y: 0, width: w, height: h,
            viewBox: `0 0 ${w} ${h}` }, "cut" + at);
          twice(cut, "polygon", { points: corners.map((c) => `${c[0]},${c[1]}`).join(" ") },
            "frame");
          svg.append(cut);
        });
      }
      link.regions.forEach((box, at) => {
        if (!box) return;
        twice(svg, "rect", { x: box[0] + (at ? wa + GAP : 0), y: box[1], width: box[2],
          height: box[3] }, "box");
      });
      link.points.forEach(([x, y, u, v]) => {
        twice(svg, "circle", { cx: x, cy: y, r: 4 }, "dot");
        twice(svg, "circle", { cx: u + wa + GAP, cy: v, r: 4 }, "dot");
      });
      return [svg, width, height, (context) => {
        context.drawImage(canvases[0], 0, 0);
        context.drawImage(canvases[1], wa + GAP, 0);
      }];
    }

    async function draw() {
      const mine = (turn += 1);
      window.clearInterval(timer);
      const canvases = step ? [await drawn(a, step === 2), await drawn(b, step === 2)] : null;
      if (mine !== turn) return;
      board.querySelectorAll("canvas").forEach((old) => { old.width = 0; });
      more.replaceChildren();
      let svg = null, width, height, paint = null;
      if (!step || view === "beside") {
        [svg, width, height, paint] = beside(canvases);
      } else {
        [width, height] = link.frames[1];
        const over = laid(canvases[0], link.map, link.frames[1]);
        paint = overlaid(view, over, canvases[1]);
      }
      board.className = svg ? "board" : "board one";
      board.style.aspectRatio = `${width} / ${height}`;
      board.replaceChildren();
      if (step) {
        const canvas = document.createElement("canvas");
        canvas.width = width;
        canvas.height = height;
        canvas.setAttribute("role", "img");
        canvas.setAttribute("aria-label", `Pictures ${a + 1} and ${b + 1}, ` +
          (step === 2 ? "clear" : "blurred"));
        board.append(canvas);
        const repaint = () => {
          const context = canvas.getContext("2d");
          context.clearRect(0, 0, width, height);
          paint(context);
        };
        controls(repaint);
        repaint();
      }
      if (svg) board.append(svg);
      buttons();
    }

    function overlaid(kind, over, under) {
      const { width, height } = under;
      if (kind === "differ") {
        const made = difference(over, under);
        return (context) => context.drawImage(made, 0, 0);
      }
      return (context) => {
        context.drawImage(under, 0, 0);
        const wide = kind === "slide" ? Math.round(width * share / 100) : flip ? width : 0;
        if (wide) context.drawImage(over, 0, 0, wide, height, 0, 0, wide, height);
        if (kind === "slide") {
          context.fillStyle = "#fff";
          context.fillRect(wide - 2, 0, 4, height);
          context.fillStyle = "#16191c";
          context.fillRect(wide - 1, 0, 2, height);
        }
      };
    }

    function controls(repaint) {
      if (view === "slide") {
        const label = document.createElement("label");
        label.textContent = `How far ${a + 1} is drawn over ${b + 1} `;
        const input = document.createElement("input");
        input.type = "range";
        input.min = "0";
        input.max = "100";
        input.value = String(share);
        input.addEventListener("input", () => { share = Number(input.value); repaint(); });
        label.append(input);
        more.append(label);
      } else if (view === "blink") {
        const state = document.createElement("span");
        const swap = () => {
          flip = !flip;
          state.textContent = `Showing ${(flip ? a : b) + 1}`;
          repaint();
        };
        state.textContent = `Showing ${(flip ? a : b) + 1}`;
        const auto = button("Change by itself", () => {
          const on = auto.getAttribute("aria-pressed") !== "true";
          auto.setAttribute("aria-pressed", String(on));
          window.clearInterval(timer);
          if (on) timer = window.setInterval(swap, BLINK_MS);
        });
        auto.setAttribute("aria-pressed", "false");
        more.append(button("Change", swap), auto, state);
      } else if (view === "differ") {
        more.append(line("Black: equal. The brighter, the more the two differ, after brightness " +
          "and contrast were levelled. Blue: only one of the two shows it."));
      }
      if (view !== "beside" && !link.one_plane) {
        more.append(line("These are different shots: what lies nearer or farther than most does " +
          "not fall on one another, and that is no trace of an edit."));
      }
    }

    function buttons() {
      const focused = document.activeElement && document.activeElement.dataset
        ? document.activeElement.dataset.does : undefined;
      const made = [];
      const add = (text, does, act) => {
        const each = button(text, act);
        each.dataset.does = does;
        made.push(each);
        return each;
      };
      if (!both) made.push(line("One of the two has no picture in this page."));
      else if (step === 0) add("Show both, blurred", "step", () => go(1));
      else if (step === 1) add("Show both clearly", "step", () => go(2));
      if (step) add("Hide the pictures", "hide", () => go(0));
      add("Close", "close", () => { shut(); opener.focus(); });
      tools.replaceChildren(...made);
      views.hidden = !step || !link.map;
      views.replaceChildren(...VIEWS.map(([name, text]) => {
        const each = button(text, () => { stayAwake(); view = name; draw(); });
        each.setAttribute("aria-pressed", String(view === name));
        each.dataset.does = name;
        return each;
      }));
      if (focused) {
        const again = panel.querySelector(`[data-does="${focused}"]`) || made[0];
        if (again && again.focus) again.focus();
      }
    }

    function go(to) {
      stayAwake();
      step = to;
      if (!step) view = "beside";
      announce(["Pictures hidden.", "Both shown, blurred.", "Both shown clearly."][step]);
      return draw();
    }

    function shut() {
      step = 0;
      turn += 1;
      window.clearInterval(timer);
      board.replaceChildren();
      panel.hidden = true;
      opener.setAttribute("aria-expanded", "false");
    }

    hiders.push(() => {
      const was = step > 0;
      if (was) go(0);
      return was;
    });
    opener.closest(".buttons").hidden = false;
    opener.addEventListener("click", () => {
      if (!panel.hidden) { shut(); return; }
      panel.hidden = false;
      opener.setAttribute("aria-expanded", "true");
      panel.replaceChildren(line("Solid: what the two have in common. Dashed: the edge of the " +
        "other picture. Circles: the same place in both."), board, tools, views, more);
      draw();
      panel.focus();
    });
  }

  document.querySelectorAll("[data-link]").forEach(alignment);
})();
