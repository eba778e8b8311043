// Forms as dialogs: opened where the server has put them, sent and cancelled through the API.

import { act, api } from "./page.js";
import { Options } from "./suggest.js";

const SUGGEST_MS = 120;
let before = null; // what had the focus, to go back to

const dialog = () => document.querySelector("#forms > dialog");

// Open the form that is there.
export function openForm() {
  const found = dialog();
  if (!found || found.open) return;
  const focused = document.activeElement;
  if (focused && focused !== document.body) before = focused;
  found.showModal();
  found.querySelectorAll("[data-suggest]").forEach(suggests);
  (found.querySelector("[aria-invalid]") ?? found.querySelector(".field :is(input, textarea, select)"))?.focus();
}

// Just before the server's HTML takes its place, or when it is cancelled.
export function closeForm() {
  dialog()?.close();
  const back = before && (before.isConnected ? before : before.id && document.getElementById(before.id));
  (back || document.getElementById("text")).focus();
}

async function cancel(found) {
  await act(async () => {
    closeForm();
    found.remove();
    await api("DELETE", `/forms/${encodeURIComponent(found.dataset.form)}`);
  });
}

function valueOf(field) {
  const boxes = [...field.querySelectorAll("input[type=checkbox]")];
  if (field.dataset.kind === "yesno") return boxes[0].checked;
  if (boxes.length) return boxes.filter((box) => box.checked).map((box) => box.value);
  return field.querySelector("input, textarea, select").value;
}

async function send(found, button) {
  const fields = [...found.querySelectorAll("[data-name]")];
  const values = Object.fromEntries(fields.map((field) => [field.dataset.name, valueOf(field)]));
  button.disabled = true;
  found.classList.add("busy");
  await act(async () => {
    await api("POST", "/submit", { form: found.dataset.form, values });
  });
  found.classList.remove("busy");
  button.disabled = false;
  if (found.isConnected && found.open) found.querySelector("[aria-invalid]")?.focus();
}

// A field for tags: what is typed after the last comma is completed.
function suggests(field) {
  let asked = 0;
  const options = new Options(field, ({ value }) => {
    const kept = field.value.includes(",") ? `${field.value.slice(0, field.value.lastIndexOf(",") + 1)} ` : "";
    field.value = `${kept}${value}, `;
    field.focus();
  });
  field.addEventListener("input", () => {
    clearTimeout(asked);
    asked = setTimeout(async () => {
      const typed = field.value;
      const answer = await api("GET", `/suggest?typed=${encodeURIComponent(typed)}`).catch(() => ({ suggestions: [] }));
      if (field.value !== typed || document.activeElement !== field) return;
      const given = new Set(typed.split(",").map((word) => word.trim().toLowerCase()));
      const fresh = answer.suggestions.filter((word) => !given.has(word));
      options.show(typed.trim() ? fresh.map((word) => ({ label: word, value: word })) : []);
    }, SUGGEST_MS);
  });
  field.addEventListener("blur", () => {
    clearTimeout(asked);
    options.hide();
  });
  field.addEventListener("keydown", (event) => options.key(event));
}

document.addEventListener(
  "cancel",
  (event) => {
    if (event.target !== dialog()) return;
    event.preventDefault();
    cancel(event.target);
  },
  true,
);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-cancel]")) cancel(dialog());
});
document.addEventListener("submit", (event) => {
  const found = event.target.closest("#forms > dialog");
  if (!found) return;
  event.preventDefault();
  send(found, event.submitter ?? found.querySelector("footer button"));
});
