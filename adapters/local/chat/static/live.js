// What the sse extension of htmx takes for an event source: updates from the hub, as pieces of HTML that say where they go.

import { Hub } from "./hub.js";
import { api, announce, atEnd, isAway, newest, toEnd } from "./page.js";

function connect(key, seq, deliver) {
  if (typeof SharedWorker === "function") {
    const { port } = new SharedWorker("/static/worker.js", { type: "module", name: "rounds" });
    port.onmessage = ({ data }) => deliver(data);
    const join = () => port.postMessage({ join: key, seq });
    const leave = () => port.postMessage({ leave: true });
    addEventListener("pagehide", leave);
    addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
    join();
    return leave;
  }
  const hub = new Hub();
  const to = { postMessage: deliver };
  hub.join(to, key, seq);
  return () => hub.leave(to);
}

class Source extends EventTarget {
  constructor(url) {
    super();
    this.readyState = EventSource.OPEN;
    const window = new URL(url, location).searchParams.get("window");
    const cut = window.lastIndexOf("/");
    this.leave = connect(window.slice(0, cut), Number(window.slice(cut + 1)), (update) => this.#deliver(update));
  }

  close() {
    this.readyState = EventSource.CLOSED;
    this.leave();
  }

  #deliver({ state, gone, refresh, parts }) {
    if (state) isAway(state === "away");
    else if (gone) location.assign(`/as/${encodeURIComponent(document.body.dataset.me)}`);
    else if (refresh) this.dispatchEvent(new MessageEvent("refresh", { data: "" }));
    else if (parts?.length) this.#show(parts);
  }

  #show(parts) {
    const pinned = atEnd();
    const placed = parts.map((part) => place(part)).filter(Boolean);
    const html = placed.map(({ html }) => html).join("\n");
    if (html) this.dispatchEvent(new MessageEvent("update", { data: html }));
    const arrived = placed.filter(({ isNew }) => isNew);
    for (const { part } of arrived) tell(part, pinned);
    if (pinned && placed.length) toEnd();
  }
}

function tell(part, pinned) {
  const item = document.getElementById(part.id);
  if (!item) return;
  if (!part.mine) announce(`${part.by}: ${item.querySelector(".text, h2, .card")?.innerText.slice(0, 160) ?? ""}`);
  const inThread = item.closest("#thread");
  if (inThread) item.scrollIntoView({ block: "nearest" });
  else if (part.mine || item.classList.contains("private")) toEnd();
  else if (!pinned) newest();
  item.classList.add("arrived");
}

// Where a part goes on this page, as htmx's out-of-band swaps say it; nothing when it has no place here.
function place(part) {
  if (part.gone) {
    const old = document.getElementById(part.gone);
    return old && { html: `<div id="${part.gone}" hx-swap-oob="delete"></div>` };
  }
  const template = document.createElement("template");
  template.innerHTML = part.html;
  const fresh = template.content.firstElementChild;
  const old = document.getElementById(part.id);
  if (old) {
    // What is being typed into a form stays while the form does.
    if (old.dataset.version !== undefined && old.dataset.version === fresh.dataset.version) return null;
    fresh.setAttribute("hx-swap-oob", "true");
    return { html: fresh.outerHTML };
  }
  const list = document.getElementById(part.into);
  const last = Number(list?.lastElementChild?.dataset.id ?? 0);
  if (!list || Number(fresh.dataset.id) <= last) return null;
  const carrier = document.createElement("ol");
  carrier.setAttribute("hx-swap-oob", `beforeend:#${part.into}`);
  carrier.append(fresh);
  return { html: carrier.outerHTML, isNew: true, part };
}

htmx.createEventSource = (url) => new Source(url);

// Look at everything anew, with the thread that is open.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  const thread = document.getElementById("thread").dataset.thread;
  if (detail.elt.id === "look-again" && thread) detail.parameters.thread = thread;
});

// A page that is looked at has been read.
let reading = 0;
export function readSoon() {
  clearTimeout(reading);
  const { place } = document.body.dataset;
  reading = setTimeout(() => {
    const unread = Number(document.getElementById(`place-${place}`)?.dataset.unread ?? 0);
    if (document.visibilityState === "visible" && unread) api("POST", "/read", { place }).catch(() => {});
  }, 250);
}
