"use strict";

// Light or dark as the system has it, or as the reader chose; where nothing can be kept, the choice is forgotten.
{
  const KEY = "auditor-colours";
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");

  function kept() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function keep(colours) {
    try {
      localStorage.setItem(KEY, colours);
    } catch {
      // the choice holds for as long as the page is open
    }
  }

  const isDark = () => (root.dataset.colours ? root.dataset.colours === "dark" : system.matches);

  if (["light", "dark"].includes(kept())) root.dataset.colours = kept();

  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.colours");
    const tell = () => button.setAttribute("aria-pressed", String(isDark()));
    button.addEventListener("click", () => {
      root.dataset.colours = isDark() ? "light" : "dark";
      keep(root.dataset.colours);
      tell();
    });
    system.addEventListener("change", tell);
    tell();
    button.hidden = false;
  });
}
