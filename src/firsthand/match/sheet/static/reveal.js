// Shows pictures of this page in two steps, blurred and then clear, and hides them all on Esc, when
// the page is left or printed, and after two idle minutes. Nothing is loaded: the data is below.
(function () {
  "use strict";
  const IDLE_MS = 120000;
  const BLURRED_PX = 18; // longest side of what a blurred picture is made of
  const data = JSON.parse(document.getElementById("data").textContent);
  const say = document.getElementById("status");
  const hiders = [];
  let idle = 0;
  let colour = false;

  function announce(text) { say.textContent = text; }

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    return made;
  }

  function line(text) {
    const made = document.createElement("p");
    made.textContent = text;
    return made;
  }

  function grey(context, width, height) {
    const pixels = context.getImageData(0, 0, width, height);
    const all = pixels.data;
    for (let at = 0; at < all.length; at += 4) {
      // ITU-R BT.601 luma, as JPEG has it.
      all[at] = all[at + 1] = all[at + 2] =
        0.299 * all[at] + 0.587 * all[at + 1] + 0.114 * all[at + 2];
    }
    context.putImageData(pixels, 0, 0);
  }

  // Returns a canvas with a picture: what is blurred has hardly any pixels left to show.
  async function drawn(place, clear) {
    const held = data.pictures[place];
    const bytes = Uint8Array.from(atob(held.jpeg), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" }));
    const canvas = document.createElement("canvas");
    canvas.width = held.width;
    canvas.height = held.height;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.imageSmoothingQuality = "high";
    if (clear) {
      context.drawImage(image, 0, 0, held.width, held.height);
    } else {
      const times = BLURRED_PX / Math.max(held.width, held.height);
      const few = document.createElement("canvas");
      few.width = Math.max(2, Math.round(held.width * times));
      few.height = Math.max(2, Math.round(held.height * times));
      const small = await createImageBitmap(image, {
        resizeWidth: few.width, resizeHeight: few.height, resizeQuality: "high",
      });
      few.getContext("2d").drawImage(small, 0, 0);
      context.drawImage(few, 0, 0, held.width, held.height);
    }
    image.close();
    if (data.colour && !(colour && clear)) grey(context, held.width, held.height);
    return canvas;
  }

  function stayAwake() {
    window.clearTimeout(idle);
    idle = window.setTimeout(hideAll, IDLE_MS);
  }

  function hideAll() {
    const hid = hiders.map((hide) => hide()).some(Boolean);
    if (hid) announce("All pictures are hidden.");
    window.clearTimeout(idle);
  }

  const STEPS = ["hidden", "blurred", "clear"];
  const NEXT = { hidden: "Show blurred", blurred: "Show clearly" };

  function file(item) {
    const place = Number(item.dataset.place);
    if (!data.pictures[place]) return null;
    const stage = item.querySelector(".stage");
    const word = stage.querySelector(".hiddenword");
    const next = item.querySelector(".step");
    const hide = item.querySelector(".hide");
    const state = item.querySelector('[id$="-state"]');
    const label = next.querySelector(".sr");
    let now = 0;

    async function go(step) {
      now = step;
      const canvas = step ? await drawn(place, step === 2) : null;
      if (now !== step) return; // hidden again while it was drawn
      stage.querySelectorAll("canvas").forEach((old) => { old.width = 0; old.remove(); });
      if (canvas) stage.append(canvas);
      word.hidden = step > 0;
      hide.hidden = step === 0;
      next.hidden = step === 2;
      if (step < 2) next.replaceChildren(NEXT[STEPS[step]], label);
      state.textContent = STEPS[step];
      item.dataset.state = STEPS[step];
    }

    next.addEventListener("click", async () => {
      stayAwake();
      await go(now + 1);
      announce(data.names[place] + (now === 2 ? ": shown clearly." : ": shown blurred."));
      if (now === 2) hide.focus();
    });
    hide.addEventListener("click", async () => { await go(0); next.focus(); });
    hiders.push(() => {
      const was = now > 0;
      const inside = item.contains(document.activeElement);
      if (was) go(0);
      if (was && inside) next.focus();
      return was;
    });
    item.querySelector(".buttons").hidden = false;
    return { go, step: () => now };
  }

  const files = [...document.querySelectorAll("[data-place]")].map(file).filter(Boolean);
  const all = document.getElementById("all");
  const warning = document.getElementById("all-warning");

  function ask(text, yes, step, back) {
    function close() { warning.hidden = true; warning.replaceChildren(); }
    warning.replaceChildren(
      line(text),
      button(yes, async () => {
        close();
        stayAwake();
        await Promise.all(files.map((each) => each.go(step)));
        announce(yes + ": done. Esc hides them.");
        document.getElementById("all-hide").focus();
      }),
      " ",
      button("Leave them as they are", () => { close(); back.focus(); }),
    );
    warning.hidden = false;
    warning.focus();
  }

  if (files.length) {
    all.hidden = false;
    const blurred = document.getElementById("all-blurred");
    const clear = document.getElementById("all-clear");
    blurred.addEventListener("click", () => ask(
      "This shows " + files.length + " pictures at once, in grey and blurred. Any of them may show " +
      "violence or death; shapes can be told even so.",
      "Show all, blurred", 1, blurred));
    clear.addEventListener("click", () => ask(
      "This shows " + files.length + " pictures at once, in grey but clearly. Nobody has checked " +
      "what they show. They may show people killed or in distress. Looking at one by one is easier.",
      "Show all clearly", 2, clear));
    document.getElementById("all-hide").addEventListener("click", hideAll);
    const toggle = document.getElementById("in-colour");
    if (toggle) toggle.addEventListener("click", () => {
      colour = !colour;
      toggle.setAttribute("aria-pressed", String(colour));
      files.filter((each) => each.step() === 2).forEach((each) => each.go(2));
    });
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      warning.hidden = true;
      warning.replaceChildren();
      hideAll();
    } else stayAwake();
  });
  document.addEventListener("pointerdown", stayAwake);
  document.addEventListener("visibilitychange", () => { if (document.hidden) hideAll(); });
  window.addEventListener("pagehide", hideAll);
  window.addEventListener("beforeprint", hideAll);
  window.firsthandSheet = { data, drawn, button, line, announce, hiders, stayAwake };
})();
