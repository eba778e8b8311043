// Acts through the API for people; what has changed comes back as live updates.

import { setUpComposers } from "./composer.js";
import { closeForm, openForm } from "./forms.js";
import { readSoon } from "./live.js";
import { advance, isSure, openThread } from "./menu.js";
import { tick } from "./times.js";

const { me, here } = document.body.dataset;
const scroll = document.getElementById("scroll");
const notice = document.getElementById("notice");
const bottom = document.getElementById("to-end");

// Asking the service

export async function api(method, path, given, under = `/api/as/${encodeURIComponent(document.body.dataset.me)}`) {
  const query = under === "/api" && method === "GET" ? `?person=${encodeURIComponent(me)}` : "";
  const body = given === undefined ? undefined : JSON.stringify(given);
  const response = await fetch(under + path + query, { method, body, headers: { "Content-Type": "application/json" } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

// Do one thing; say what went wrong.
export async function act(work, failed = () => {}) {
  say("");
  try {
    await work();
  } catch (error) {
    say(error instanceof TypeError ? "The workspace does not answer. Is it still running?" : error.message);
    failed();
  }
}

function say(words) {
  const within = document.querySelector("dialog[open]") ?? document.body; // beneath an open dialog nobody would see it
  if (words) within.append(notice);
  notice.textContent = words;
  notice.hidden = !words;
}

export function isAway(away) {
  if (away) say("The connection is lost. Trying again…");
  else if (notice.textContent.startsWith("The connection")) say("");
  document.body.classList.toggle("away", away);
}

export function announce(words) {
  document.getElementById("announcer").textContent = words;
}

// Where one is in the conversation

export const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;

export function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  bottom.hidden = true;
}

export function newest() {
  bottom.hidden = false;
}

scroll.addEventListener("scroll", () => atEnd() && (bottom.hidden = true));
bottom.addEventListener("click", () => {
  toEnd();
  document.getElementById("text").focus();
});

function countUnread() {
  const counts = [...document.querySelectorAll("#places [data-unread]")].map(({ dataset }) => Number(dataset.unread));
  const unread = counts.reduce((sum, count) => sum + count, 0);
  document.title = document.title.replace(/^(\(\d+\) )?/, unread ? `(${unread}) ` : "");
}

// Threads

function showThread(thread) {
  const address = thread ? `${here}?thread=${thread}` : here;
  if (location.pathname + location.search !== address) history.pushState(null, "", address);
}

function closeThread() {
  const panel = document.getElementById("thread");
  const root = panel.dataset.thread;
  if (!root) return;
  delete panel.dataset.thread;
  panel.hidden = true;
  panel.replaceChildren();
  showThread(null);
  (document.getElementById(`open-${root}`) ?? document.getElementById(`menu-${root}`) ?? document.getElementById("text")).focus();
}

addEventListener("popstate", () => {
  const thread = new URLSearchParams(location.search).get("thread");
  if (thread) openThread(thread);
  else closeThread();
});

function threadShown(panel) {
  if (!panel.dataset.thread) return;
  showThread(panel.dataset.thread);
  const list = panel.querySelector(".scroll");
  list.scrollTop = list.scrollHeight;
  document.getElementById("thread-text").focus();
}

// What is pressed

async function press(button) {
  const { packed, message, confirm: question } = button.dataset;
  if (question && !(await isSure(question, button.textContent))) return;
  button.disabled = true;
  button.classList.add("busy");
  await act(() => api("POST", "/press", { message: Number(message), packed }));
  button.classList.remove("busy");
  button.disabled = false;
  if (document.activeElement === document.body) document.getElementById(button.id)?.focus();
}

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("button, [data-close-thread]");
  if (!pressed) return;
  const { packed, dismiss, advance: by } = pressed.dataset;
  if (packed !== undefined) press(pressed);
  else if (dismiss) act(() => api("DELETE", `/private/${dismiss}`)).then(() => document.getElementById("text").focus());
  else if (by) advance(by);
  else if (pressed.matches("[data-close-thread]")) {
    event.preventDefault();
    closeThread();
  } else if (pressed.id === "theme") changeTheme(pressed);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && event.target.closest?.("#thread")) closeThread();
});

// Light and dark

const isDark = () =>
  (document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";

function changeTheme(button) {
  const theme = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = theme;
  localStorage.setItem("theme", theme);
  button.setAttribute("aria-pressed", String(isDark()));
}

// What htmx has put in its place

let height = 0;
document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
  if (detail.target.id === "forms") {
    const fresh = detail.fragment.querySelector?.("#forms") ?? detail.fragment.firstElementChild;
    if (fresh?.dataset.version === detail.target.dataset.version) detail.shouldSwap = false;
    else if (document.querySelector("#forms > dialog[open]")) closeForm();
  }
  // The clock stays open while one puts it forward.
  if (detail.target.querySelector("details.clock[open]")) detail.fragment.querySelector?.("details.clock")?.setAttribute("open", "");
  // What is being typed stays when a thread is drawn anew.
  if (detail.target.id === "thread") {
    const [old, fresh] = [document.getElementById("thread-text"), detail.fragment.querySelector?.("#thread-text")];
    if (old && fresh) fresh.value = old.value;
  }
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const list = detail.target.closest?.(".scroll");
  height = list ? list.scrollHeight - list.scrollTop : 0;
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const path = detail.pathInfo?.requestPath ?? "";
  if (/\/thread\/\d+$/.test(path)) threadShown(document.getElementById("thread"));
  if (path.includes("/earlier?")) {
    const list = document.getElementById(path.includes("thread=") ? "thread" : "main").querySelector(".scroll");
    list.scrollTop = list.scrollHeight - height;
  }
});
document.addEventListener("htmx:afterSettle", settled);
document.addEventListener("htmx:oobAfterSwap", () => queueMicrotask(settled));
document.addEventListener("htmx:responseError", () => say("This could not be loaded. Please try again."));
document.addEventListener("htmx:sendError", () => say("The workspace does not answer. Is it still running?"));

function settled() {
  setUpComposers();
  openForm();
  countUnread();
  tick();
  readSoon();
}

// The beginning

document.addEventListener("visibilitychange", readSoon);
document.getElementById("theme").setAttribute("aria-pressed", String(isDark()));
const meant = location.hash && document.getElementById(location.hash.slice(1));
if (meant) meant.scrollIntoView({ block: "center" });
else {
  const unread = document.querySelector(".line.new");
  if (unread) unread.scrollIntoView({ block: "center" });
  else toEnd();
}
const panel = document.querySelector("#thread .scroll");
if (panel && !meant) panel.scrollTop = panel.scrollHeight;
settled();
