// The menu of a message, what hangs from buttons, the drawer, the question before something that cannot be undone.

import { act, announce, api } from "./page.js";

const menu = document.getElementById("menu");
let owner = null;

function items() {
  return [...menu.querySelectorAll("[role=menuitem]:not([hidden])")];
}

function openMenu(button) {
  owner = button;
  button.setAttribute("aria-expanded", "true");
  menu.querySelector("[data-action=reply]").hidden = !canReply(button);
  offerShortcuts();
  menu.hidden = false;
  const at = button.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(at.right - menu.offsetWidth, innerWidth - menu.offsetWidth - 8))}px`;
  const below = at.bottom + menu.offsetHeight + 8 < innerHeight;
  menu.style.top = `${below ? at.bottom + 4 : at.top - menu.offsetHeight - 4}px`;
  items()[0].focus();
}

// What the bot offers may have changed since the page was drawn.
function offerShortcuts() {
  for (const old of menu.querySelectorAll("[data-shortcut]")) old.parentElement.remove();
  for (const { dataset } of document.querySelectorAll("#shortcuts > li")) {
    const item = menu.querySelector("[data-action=copy]").parentElement.cloneNode(true);
    const button = item.firstElementChild;
    delete button.dataset.action;
    button.dataset.shortcut = button.textContent = dataset.name;
    menu.append(item);
  }
}

const canReply = (button) => !button.closest("#thread") && !document.getElementById("text").disabled;

function closeMenu(back = true) {
  if (!owner) return;
  owner.setAttribute("aria-expanded", "false");
  menu.hidden = true;
  const button = owner.isConnected ? owner : document.getElementById(owner.id);
  owner = null;
  if (back) button?.focus();
}

function chosen(item) {
  const { menu: message, root } = owner.dataset;
  closeMenu();
  if (item.dataset.action === "reply") openThread(root);
  if (item.dataset.action === "copy") copyLink(message);
  const { shortcut } = item.dataset;
  if (shortcut) act(() => api("POST", "/choose", { message: Number(message), shortcut }));
}

export function openThread(root) {
  const { here } = document.body.dataset;
  return htmx.ajax("GET", `${here}/thread/${root}`, { target: "#thread", swap: "outerHTML" });
}

async function copyLink(message) {
  await act(async () => {
    await navigator.clipboard.writeText(`${location.origin}${document.body.dataset.here}?message=${message}`);
    announce("The link is copied.");
  });
}

menu.addEventListener("click", ({ target }) => {
  const item = target.closest("[role=menuitem]");
  if (item) chosen(item);
});
menu.addEventListener("keydown", (event) => {
  const all = items();
  const at = all.indexOf(document.activeElement);
  const to = { ArrowDown: (at + 1) % all.length, ArrowUp: (at - 1 + all.length) % all.length, Home: 0, End: all.length - 1 };
  if (event.key in to) {
    event.preventDefault();
    all[to[event.key]].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    if (event.key === "Escape") event.preventDefault();
    closeMenu();
  }
});
document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-menu]");
  const again = button && button === owner;
  if (owner && !menu.contains(target)) closeMenu(false);
  if (button && !again) openMenu(button);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "ArrowDown" && event.target.matches?.("[data-menu]")) {
    event.preventDefault();
    openMenu(event.target);
  }
});
document.addEventListener("scroll", () => closeMenu(menu.contains(document.activeElement)), true);

// What hangs from a button closes with Escape and when one goes elsewhere.
document.addEventListener("click", ({ target }) => {
  for (const one of document.querySelectorAll("[data-popover][open]")) if (!one.contains(target)) one.open = false;
});
document.addEventListener("keydown", (event) => {
  const open = event.key === "Escape" && event.target.closest?.("[data-popover][open]");
  if (!open) return;
  open.open = false;
  open.querySelector("summary").focus();
});

// The list of places, which is a drawer where there is little room.
const [side, opener] = [document.getElementById("side"), document.getElementById("open-side")];

function drawer(open) {
  document.body.classList.toggle("drawer", open);
  opener.setAttribute("aria-expanded", String(open));
  document.getElementById("main").inert = open;
  if (open) document.getElementById("close-side").focus();
  else opener.focus();
}

opener.addEventListener("click", () => drawer(true));
document.getElementById("close-side").addEventListener("click", () => drawer(false));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && document.body.classList.contains("drawer")) drawer(false);
});
document.addEventListener("click", ({ target }) => {
  if (document.body.classList.contains("drawer") && !side.contains(target) && !opener.contains(target)) drawer(false);
});
matchMedia("(min-width: 760px)").addEventListener("change", ({ matches }) => {
  if (!matches || !document.body.classList.contains("drawer")) return;
  drawer(false);
});

// "Are you sure?", with the button's own words on the one that does it.
export function isSure(question, label) {
  const dialog = document.getElementById("confirm");
  document.getElementById("confirm-question").textContent = question;
  const yes = dialog.querySelector("[data-yes]");
  yes.textContent = label;
  dialog.returnValue = "";
  dialog.showModal();
  dialog.querySelector("[data-no]").focus();
  return new Promise((resolve) => {
    yes.onclick = () => dialog.close("yes");
    dialog.querySelector("[data-no]").onclick = () => dialog.close("");
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}

// The clock.
export async function advance(by) {
  await act(async () => {
    const seconds = by === "morning" ? (await api("GET", "/clock", undefined, "/api")).seconds_to_morning : Number(by);
    await api("POST", "/clock", { advance_seconds: seconds }, "/api");
  });
}
