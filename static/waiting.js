// Keeps what is noted of an infusion day through a lost connection. Without it every form is sent
// by the browser itself. What waits is on this device only: times, values and words with opaque
// numbers, no name and no birth date. It goes once it is sent, when whoever noted it signs out, and
// after 12 hours. Several people share a device: each is shown and sends their own. `account.js`
// asks whoever signs out.
(() => {
  "use strict";

  const place = document.getElementById("waiting");
  if (!place) return;
  const WAITING = "etasu.waiting", TYPED = "etasu.typed", LONGEST = 12 * 3600 * 1000;
  // Whose entries were removed, unsent, and who was not told yet: nothing of what they were.
  const REMOVED = "etasu.removed";
  const { owner, zone, ...words } = place.dataset;
  const note = place.querySelector("[role=status]");
  const csrf = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value || "";
  // As the page tells the time: where the facility is, whatever the device is set to.
  const clock = (at) => new Date(at).toLocaleTimeString(document.documentElement.lang, {
    hour: "numeric", minute: "2-digit", timeZone: zone, timeZoneName: "short",
  });

  // A browser that keeps nothing sends at once or not at all, as without this script.
  const read = (key) => {
    try {
      return JSON.parse(localStorage.getItem(key)) || [];
    } catch {
      return [];
    }
  };
  const write = (key, list) => {
    try {
      if (list.length) localStorage.setItem(key, JSON.stringify(list));
      else localStorage.removeItem(key);
      return true;
    } catch {
      return false;
    }
  };
  const mine = (each) => each.owner === owner;
  const without = (key, id) =>
    write(key, read(key).filter((each) => !mine(each) || each.id !== id));
  const put = (key, entry) => without(key, entry.id) && write(key, [...read(key), entry]);

  const forms = [...document.querySelectorAll("form[data-waits]")];
  const placed = (form) => `${window.location.pathname}#${form.dataset.waits}`;
  const said = (form, text) => (form.querySelector("[data-said]").textContent = text);
  const show = (text) => {
    const all = [read(REMOVED).includes(owner) ? words.old : "", text].filter(Boolean).join(" ");
    note.hidden = !all;
    note.firstElementChild.textContent = all;
  };

  // Nobody reads on this device what is older than a shift. Whoever noted it is told, be it at their
  // next sign-in, until they note something again or sign out.
  const forget = () => {
    const now = Date.now();
    const isOld = (each) => now - each.at > LONGEST;
    const lost = read(WAITING).filter(isOld).map((each) => each.owner);
    if (lost.length && !write(REMOVED, [...new Set([...read(REMOVED), ...lost])])) return;
    for (const key of [WAITING, TYPED]) write(key, read(key).filter((each) => !isOld(each)));
    if (lost.includes(owner)) tell();
  };
  const isTold = () => write(REMOVED, read(REMOVED).filter((each) => each !== owner));
  const tell = () => {
    const count = read(WAITING).filter(mine).length;
    show(count === 0 ? "" : count === 1 ? words.one : words.many.replace("#", count));
  };

  // What became of an entry: taken, wrong, or not now. A lost connection is thrown on.
  const answer = async (entry) => {
    const body = new URLSearchParams([...entry.fields, ["csrfmiddlewaretoken", csrf()]]);
    const headers = { "X-Sent-At": new Date().toISOString() };
    const reply = await fetch(entry.path, { method: "POST", body, headers, redirect: "manual" });
    if (reply.type === "opaqueredirect") return { signIn: true };
    if (reply.ok || reply.status === 422) return await reply.json();
    return { later: true, isStale: reply.status === 403 };
  };

  const taken = (entry, { mistakes }) => {
    without(WAITING, entry.id);
    const form = forms.find((each) => placed(each) === entry.typed);
    if (!mistakes) {
      without(TYPED, entry.typed);
      if (form) said(form, words.sent.replace("#", clock(Date.now())));
      return;
    }
    put(TYPED, { ...entry, id: entry.typed });
    if (form) fill(form, entry.fields);
    wrong = `${words.wrong} ${mistakes.join(" ")}`;
    if (form) said(form, wrong);
  };

  // A page that is reloaded once more would not fare better.
  const reload = () => {
    const [way] = performance.getEntriesByType("navigation");
    if (!forms.some(isTyped) && way?.type !== "reload") window.location.reload();
  };

  // One after the other, in the order noted; the server takes each of them once.
  let isSending = false, wrong = "";
  const send = async () => {
    if (isSending) return;
    isSending = true;
    wrong = "";
    let led = "", isOut = false, isStale = false;
    try {
      for (const entry of read(WAITING).filter(mine)) {
        const became = await answer(entry);
        isOut = Boolean(became.signIn);
        if (isOut) break;
        isStale ||= Boolean(became.isStale);
        if (became.later) continue;
        taken(entry, became);
        led = became.there || led;
      }
    } catch {
      // No connection: what is left goes on waiting.
    }
    isSending = false;
    tell();
    if (isOut) show(words.signIn);
    else if (wrong) show(wrong);
    // What was noted shows on the page it belongs to, unless somebody is typing there.
    if (led === window.location.pathname && !forms.some(isTyped)) window.location.reload();
    else if (isStale) reload();
  };

  const fieldsOf = (form) =>
    [...new FormData(form)].filter(([name]) => name !== "csrfmiddlewaretoken");
  const isOurs = (each) => each.name && each.type !== "hidden" && each.type !== "submit";
  const isTyped = (form) =>
    [...form.elements].some((each) =>
      isOurs(each) && (each.type === "radio" || each.type === "checkbox"
        ? each.checked !== each.defaultChecked
        : each.value !== each.defaultValue));
  const fill = (form, fields) => {
    const given = new Map(fields);
    for (const each of form.elements) {
      if (!isOurs(each) || !given.has(each.name)) continue;
      if (each.type === "radio") each.checked = each.value === given.get(each.name);
      else each.value = given.get(each.name);
    }
    form.closest("details").open = true;
  };

  const keep = (event) => {
    const form = event.target;
    if (event.defaultPrevented) return;
    // A second tap while the first is on its way is the same tap.
    if (form.dataset.kept) return event.preventDefault();
    form.dataset.kept = "yes";
    window.setTimeout(() => delete form.dataset.kept, 3000);
    const at = Date.now();
    form.elements.noted_at.value = new Date(at).toISOString();
    const id = `${form.elements.form_token.value}.${at}`;
    const entry = { id, owner, at, path: window.location.pathname, typed: placed(form), fields: fieldsOf(form) };
    isTold();
    if (!put(WAITING, entry)) return;
    event.preventDefault();
    without(TYPED, placed(form));
    form.reset();
    said(form, words.kept.replace("#", clock(at)));
    tell();
    send();
  };

  for (const form of forms) {
    const typed = read(TYPED).filter(mine).find((each) => each.id === placed(form));
    if (typed) fill(form, typed.fields);
    form.addEventListener("submit", keep);
    form.addEventListener("input", () =>
      put(TYPED, { id: placed(form), owner, at: Date.now(), fields: fieldsOf(form) }));
  }

  // Once the next patient may leave, the page says so.
  const next = Math.min(...[...document.querySelectorAll("[data-next-change]")]
    .map((each) => Date.parse(each.dataset.nextChange) - Date.now())
    .filter((left) => left > 0));
  if (next < LONGEST) {
    window.setTimeout(() => !forms.some(isTyped) && navigator.onLine && window.location.reload(), next + 1000);
  }

  forget();
  tell();
  window.addEventListener("online", send);
  window.setInterval(() => {
    forget();
    if (read(WAITING).some(mine)) send();
  }, 15000);
  if (read(WAITING).some(mine)) send();
})();
