// Shows a question only when the answer it depends on is given. Without this script the page says
// in words when to answer it.
(function () {
  "use strict";
  const page = document.querySelector("[data-form-page]");
  if (!page) return;
  const parts = [...page.querySelectorAll("[data-shown-when]")];

  function answer(name) {
    const controls = [...page.elements].filter((each) => each.name === name);
    for (const each of controls) {
      if (each.type === "radio" || each.type === "checkbox") {
        if (each.checked) return each.type === "checkbox" ? "yes" : each.value;
      } else {
        return each.value;
      }
    }
    return "";
  }

  function show() {
    for (const part of parts) {
      const [name, wanted] = part.dataset.shownWhen.split("=");
      const controlled = page.querySelector('[data-shown-when] [name="' + name + '"]');
      const parent = controlled && controlled.closest("[data-shown-when]");
      part.hidden = answer(name) !== wanted || Boolean(parent && parent.hidden);
    }
  }

  for (const words of page.querySelectorAll("[data-shown-when-words]")) words.hidden = true;
  page.addEventListener("change", show);
  show();
})();
