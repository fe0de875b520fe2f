// Shows an image or video of the annex after two deliberate clicks, and hides it on Esc, when the
// page is left, when it is printed, and after two idle minutes. Loads nothing by itself.
(function () {
  "use strict";
  const IDLE_MS = 120000;
  const say = document.getElementById("media-status");
  let idle = 0;

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

  function announce(text) {
    if (say) say.textContent = text;
  }

  function parts(item) {
    return { ask: item.querySelector(".ask"), stage: item.querySelector(".stage") };
  }

  function close(item, refocus) {
    const { ask, stage } = parts(item);
    if (stage.hidden) return;
    stage.querySelectorAll("video").forEach((video) => video.pause());
    stage.querySelectorAll(".pixels").forEach((pixels) => pixels.removeAttribute("src"));
    stage.replaceChildren();
    stage.hidden = true;
    ask.setAttribute("aria-expanded", "false");
    if (refocus) ask.focus();
  }

  function closeAll(refocus) {
    const open = [...items].filter((item) => !parts(item).stage.hidden);
    open.forEach((item, at) => close(item, refocus && at === 0));
    if (open.length) announce("Hidden.");
    window.clearTimeout(idle);
  }

  function stayAwake() {
    window.clearTimeout(idle);
    idle = window.setTimeout(() => closeAll(false), IDLE_MS);
  }

  function warn(item) {
    const { ask, stage } = parts(item);
    stage.replaceChildren(
      line("This file may show violence, death or a person in distress. It will be small and grey, without sound. Esc hides it."),
      button("Show it, small and in grey", () => show(item)),
      button("Leave it hidden", () => close(item, true)),
    );
    stage.hidden = false;
    ask.setAttribute("aria-expanded", "true");
    stage.focus();
  }

  function pixels(item) {
    const video = item.dataset.kind === "video";
    const made = document.createElement(video ? "video" : "img");
    made.className = "pixels grey";
    if (video) {
      made.controls = true;
      made.muted = true;
      made.preload = "metadata";
      made.disablePictureInPicture = true;
      made.setAttribute("aria-label", "The video, without sound");
    } else {
      made.alt = "The image as described above";
      made.decoding = "async";
    }
    return made;
  }

  function toggle(text, act) {
    const made = button(text, () => {
      const now = made.getAttribute("aria-pressed") !== "true";
      made.setAttribute("aria-pressed", String(now));
      act(now);
    });
    made.setAttribute("aria-pressed", "false");
    return made;
  }

  function show(item) {
    const { stage } = parts(item);
    const name = item.dataset.annex;
    if (!/^[0-9a-f]{64}$/.test(name)) return;
    const shown = pixels(item);
    shown.addEventListener("error", () => {
      if (!shown.isConnected || !shown.hasAttribute("src")) return;
      stage.replaceChildren(
        line("It could not be shown: annex/" + name + " is not beside this page, or this browser cannot read it."),
        button("Close", () => close(item, true)),
      );
      announce("It could not be shown.");
    });
    const hide = button("Hide (Esc)", () => close(item, true));
    stage.replaceChildren(
      shown,
      hide,
      toggle("Larger", (on) => shown.classList.toggle("large", on)),
      toggle("In colour", (on) => shown.classList.toggle("grey", !on)),
    );
    shown.src = "annex/" + name;
    hide.focus();
    announce("Shown, small and in grey. Esc hides it.");
    stayAwake();
  }

  const items = document.querySelectorAll("[data-annex]");
  items.forEach((item) => {
    const { ask } = parts(item);
    ask.hidden = false;
    ask.addEventListener("click", () => {
      const open = ask.getAttribute("aria-expanded") === "true";
      closeAll(false);
      if (!open) warn(item);
    });
  });
  if (!items.length) return;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") closeAll(true);
    else stayAwake();
  });
  document.addEventListener("pointerdown", stayAwake);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) closeAll(false);
  });
  window.addEventListener("pagehide", () => closeAll(false));
  window.addEventListener("beforeprint", () => closeAll(false));
})();
