// What the account pages can do besides: show a password, use a passkey, warn before signing out.
// Everything else on them works without it.
(() => {
  "use strict";

  // Several parts of a page bring this file along; it acts once.
  const root = document.documentElement;
  if (root.dataset.accountScript) return;
  root.dataset.accountScript = "on";

  // Showing the password without sending the form.
  for (const button of document.querySelectorAll("[data-show-password]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      const isShown = button.getAttribute("aria-pressed") === "true";
      for (const field of button.form.querySelectorAll("input[data-password]")) {
        field.type = isShown ? "password" : "text";
      }
      button.setAttribute("aria-pressed", String(!isShown));
      button.textContent = isShown ? button.dataset.show : button.dataset.hide;
    });
  }

  // Whoever signs out leaves nothing on this device of what was kept for a lost connection, and is
  // asked first about what was not sent. What others noted on it waits for them.
  const leaving = document.querySelector("form.bar__out");
  const kept = (key) => JSON.parse(window.localStorage.getItem(key)) || [];
  const leaveNothing = (owner) => {
    for (const key of ["etasu.waiting", "etasu.typed", "etasu.removed"]) {
      const others = kept(key).filter((each) => each !== owner && each.owner !== owner);
      if (others.length) window.localStorage.setItem(key, JSON.stringify(others));
      else window.localStorage.removeItem(key);
    }
  };
  leaving?.addEventListener("submit", (event) => {
    const { owner, leave } = leaving.dataset;
    try {
      const isWaiting = kept("etasu.waiting").some((each) => each.owner === owner);
      if (isWaiting && !window.confirm(leave)) return event.preventDefault();
      leaveNothing(owner);
    } catch {
      // A browser that keeps nothing.
    }
  });

  // A second click while the first is on its way is the same click.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (event.defaultPrevented) return;
      if (form.dataset.sent) return event.preventDefault();
      form.dataset.sent = "yes";
      window.setTimeout(() => delete form.dataset.sent, 3000);
    });
  }

  // Passkeys.
  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (char) => char.charCodeAt(0));
  };
  const text = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer)))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=/g, "");

  const readable = (options) => {
    const key = { ...options, challenge: bytes(options.challenge) };
    if (key.user) key.user = { ...key.user, id: bytes(key.user.id) };
    for (const list of ["allowCredentials", "excludeCredentials"]) {
      if (key[list]) key[list] = key[list].map((each) => ({ ...each, id: bytes(each.id) }));
    }
    return { publicKey: key };
  };

  const answer = (made) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (made.response[name]) response[name] = text(made.response[name]);
    }
    return JSON.stringify({ id: made.id, rawId: text(made.rawId), type: made.type, response, clientExtensionResults: {} });
  };

  const ask = async (button) => {
    const token = button.form.elements.csrfmiddlewaretoken.value;
    const reply = await fetch(button.dataset.options, { method: "POST", headers: { "X-CSRFToken": token } });
    if (!reply.ok) throw new Error("no challenge");
    const options = readable((await reply.json()).publicKey);
    return button.dataset.passkey === "add"
      ? navigator.credentials.create(options)
      : navigator.credentials.get(options);
  };

  const usePasskey = async (button) => {
    const said = button.form.querySelector("[data-passkey-said]");
    said.textContent = "";
    button.disabled = true;
    try {
      const made = await ask(button);
      document.getElementById(button.dataset.field).value = answer(made);
      button.form.submit();
    } catch {
      said.textContent = button.dataset.failed;
      button.disabled = false;
    }
  };

  for (const button of document.querySelectorAll("[data-passkey]")) {
    if (!window.PublicKeyCredential) continue;
    button.closest("[data-passkey-part]").hidden = false;
    button.addEventListener("click", () => usePasskey(button));
  }

  // The end of the session.
  const dialog = document.getElementById("session-ending");
  if (!dialog) return;
  const { warn, state, stay, out, keep } = dialog.dataset;
  const token = dialog.querySelector("[name=csrfmiddlewaretoken]").value;
  const clock = dialog.querySelector("[data-left]");
  let ends = Date.now() + 1000 * Number(dialog.dataset.left);
  const left = () => Math.round((ends - Date.now()) / 1000);

  // What is typed and not sent is handed over to be kept, never sent as if its button was pressed.
  const isTyped = (field) =>
    field.type !== "password" && field.type !== "hidden" &&
    (field.options
      ? field.selectedIndex !== Math.max(0, [...field.options].findIndex((each) => each.defaultSelected))
      : field.value !== field.defaultValue || field.checked !== field.defaultChecked);
  let isLeaving = false;
  const leave = () => {
    if (isLeaving) return;
    isLeaving = true;
    const forms = [...document.querySelectorAll("main form[method=post]")];
    const form = forms.find((each) => [...each.elements].some(isTyped));
    if (!form) return window.location.assign(out);
    const from = document.createElement("input");
    const there = new URL(form.action, window.location.href);
    Object.assign(from, { type: "hidden", name: "kept_from", value: there.pathname + there.search });
    form.append(from);
    form.action = keep;
    form.submit();
  };

  const learn = async (address, options) => {
    const reply = await fetch(address, options);
    if (!reply.ok || reply.redirected) return leave();
    ends = Date.now() + 1000 * (await reply.json()).seconds_left;
  };
  const watching = { headers: { "X-Session-Watch": "1" } };
  const stayIn = async () => {
    dialog.close();
    await learn(stay, { method: "POST", headers: { "X-CSRFToken": token } });
  };

  // Another window may have been in use meanwhile, so the site is asked before anything is said.
  const look = async () => {
    if (left() <= Number(warn) && !dialog.open) await learn(state, watching);
    if (left() <= 0) await learn(state, watching);
    if (left() <= 0) return leave();
    if (left() > Number(warn)) return dialog.close();
    clock.textContent = String(Math.max(1, Math.ceil(left() / 60)));
    if (!dialog.open) dialog.showModal();
  };
  let isLooking = false;
  const tick = async () => {
    if (isLooking) return;
    isLooking = true;
    await look().catch(() => undefined);
    isLooking = false;
  };
  dialog.querySelector("[data-stay]").addEventListener("click", stayIn);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    stayIn();
  });
  window.setInterval(tick, 5000);
})();
