// Changing the language keeps what is typed and not sent. It waits in this tab alone, for the same
// page in the other language, and is gone as soon as that page is open. Without this script the
// site asks first. Passwords and files are not kept.
(() => {
  "use strict";

  const switches = [...document.querySelectorAll("form[data-language]")];
  if (!switches.length || document.documentElement.dataset.languageScript) return;
  document.documentElement.dataset.languageScript = "on";
  const KEY = "etasu.language", SECRET = ["password", "hidden", "file", "submit", "button"];
  const fields = () =>
    [...document.querySelectorAll("main form")]
      .flatMap((form) => [...form.elements])
      .filter((each) => each.name && !SECRET.includes(each.type));
  const isTick = (field) => field.type === "radio" || field.type === "checkbox";

  const keep = () => {
    const typed = fields().map((each) => [each.name, isTick(each) ? [each.value, each.checked] : each.value]);
    window.sessionStorage.setItem(KEY, JSON.stringify({ path: window.location.pathname, typed }));
  };

  const bring = () => {
    const kept = JSON.parse(window.sessionStorage.getItem(KEY) || "null");
    window.sessionStorage.removeItem(KEY);
    if (!kept || kept.path !== window.location.pathname) return;
    const left = [...kept.typed];
    for (const field of fields()) {
      const at = left.findIndex(
        ([name, said]) => name === field.name && (!isTick(field) || said[0] === field.value),
      );
      if (at < 0) continue;
      const [[, said]] = left.splice(at, 1);
      if (isTick(field)) field.checked = said[1];
      else field.value = said;
      field.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  for (const form of switches) {
    form.querySelector("[name=unsent]")?.remove();
    form.addEventListener("submit", () => {
      try {
        keep();
      } catch {
        // A browser that keeps nothing changes the language all the same.
      }
    });
  }
  try {
    bring();
  } catch {
    // Nothing was kept.
  }
})();
