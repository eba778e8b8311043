// The field in which one writes: it grows, keeps what was begun, completes commands.

import { act, announce, api, toEnd } from "./page.js";
import { Options } from "./suggest.js";

function offered() {
  return [...document.querySelectorAll("#commands > li")].map(({ dataset }) => ({ ...dataset }));
}

// Commands that begin with what was typed; the one that is ready to be taken with Enter. Something that can be sent as it
// stands (a command, or a word that groups some) is never taken for another.
function matching(text) {
  if (!/^\/[^\n]*$/.test(text)) return { options: [], active: -1 };
  const typed = text.slice(1).toLowerCase();
  const found = offered().filter(({ name }) => name.startsWith(typed) && name !== typed);
  const whole = offered().some(({ name }) => name === typed.trimEnd() || name.startsWith(`${typed.trimEnd()} `));
  const options = found.map(({ name, summary }) => ({ label: `/${name}`, note: summary, value: `/${name} ` }));
  return { options, active: whole && typed ? -1 : 0 };
}

// What the command that is being typed does and asks for.
function hint(text) {
  const typed = text.slice(1).toLowerCase();
  const command = text.startsWith("/") && offered().find(({ name }) => typed === name || typed.startsWith(`${name} `));
  if (!command) return "";
  return command.fields ? `${command.summary}. Opens a form: ${command.fields}` : command.summary;
}

function grow(field) {
  if (CSS.supports("field-sizing", "content")) return;
  field.style.height = "auto";
  field.style.height = `${field.scrollHeight}px`;
}

function setUp(form) {
  if (form.dataset.ready) return;
  form.dataset.ready = "yes";
  const field = form.elements.text;
  const told = document.getElementById(`${field.id}-hint`);
  const begun = `begun ${document.body.dataset.here} ${form.dataset.thread ?? ""}`;
  const options = new Options(field, ({ value }) => {
    field.value = value;
    changed();
  });

  function changed() {
    const { options: found, active } = matching(field.value);
    const was = options.isOpen;
    options.show(found, active);
    if (options.isOpen && !was) announce(`${found.length} commands`);
    told.textContent = hint(field.value);
    told.hidden = !told.textContent;
    sessionStorage.setItem(begun, field.value);
    grow(field);
  }

  field.addEventListener("input", changed);
  field.addEventListener("blur", () => options.hide());
  field.addEventListener("keydown", (event) => {
    if (options.key(event, true) || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form, field, changed);
  });
  field.value ||= sessionStorage.getItem(begun) ?? "";
  grow(field);
}

function send(form, field, changed) {
  const text = field.value;
  if (!text.trim()) return;
  const { me, place } = document.body.dataset;
  const where = place === `dm-${me}` ? { dm: true } : { place };
  if (form.dataset.thread) where.thread = Number(form.dataset.thread);
  field.value = "";
  changed();
  form.classList.add("busy");
  act(
    async () => {
      await api("POST", "/type", { ...where, text });
      if (!form.dataset.thread) toEnd();
    },
    () => {
      field.value ||= text; // it was not sent: nothing is lost
      changed();
    },
  ).finally(() => form.classList.remove("busy"));
}

export function setUpComposers(within = document) {
  within.querySelectorAll("[data-composer]").forEach(setUp);
}
