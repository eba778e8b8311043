// Acts through the API for people, and draws the page anew when something that this person sees has changed.
"use strict";

const { me, place, thread } = document.body.dataset;
const mine = `/api/as/${encodeURIComponent(me)}`;
let seq = Number(document.body.dataset.seq);

async function api(method, path, given) {
  const body = given === undefined ? undefined : JSON.stringify(given);
  const response = await fetch(mine + path, { method, body, headers: { "Content-Type": "application/json" } });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.message);
  return answer;
}

// What carries data-live is replaced by what the server draws now. An element with a data-version stays as it is while
// its version does: nobody loses what they are typing.
async function refresh() {
  const response = await fetch(location.href);
  if (response.status === 404) location.assign(`/as/${encodeURIComponent(me)}`); // this place is no longer theirs
  if (!response.ok) return;
  const drawn = new DOMParser().parseFromString(await response.text(), "text/html");
  for (const old of document.querySelectorAll("[data-live]")) {
    const fresh = drawn.getElementById(old.id);
    const same = old.dataset.version ?? old.innerHTML;
    if (!fresh || same === (fresh.dataset.version ?? fresh.innerHTML)) continue;
    const atEnd = old.scrollHeight - old.scrollTop - old.clientHeight < 60;
    const top = old.scrollTop;
    old.replaceWith(fresh);
    fresh.scrollTop = atEnd ? fresh.scrollHeight : top;
    if (fresh.id === "forms") fresh.querySelector("input, textarea, select")?.focus();
  }
}

async function follow() {
  for (;;) {
    try {
      const answer = await api("GET", `/changes?after=${seq}&wait=25`);
      if (answer.seq !== seq) {
        await refresh();
        seq = answer.seq;
      }
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 2000)); // the service is away; it may come back
    }
  }
}

// Do one thing, with what was pressed switched off meanwhile; say what went wrong.
async function act(pressed, work) {
  const notice = document.getElementById("notice");
  notice.textContent = "";
  if (pressed) pressed.disabled = true;
  try {
    await work();
    await refresh();
  } catch (error) {
    notice.textContent = error.message;
  } finally {
    if (pressed) pressed.disabled = false;
  }
}

function valueOf(field) {
  const boxes = [...field.querySelectorAll("input[type=checkbox]")];
  if (field.dataset.kind === "yesno") return boxes[0].checked;
  if (boxes.length) return boxes.filter((box) => box.checked).map((box) => box.value);
  return field.querySelector("input, textarea, select").value;
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  const { packed, message, confirm: question, dismiss, cancel } = button.dataset;
  if (packed !== undefined) {
    if (question && !window.confirm(question)) return;
    act(button, () => api("POST", "/press", { message: Number(message), packed }));
  } else if (dismiss) {
    act(button, () => api("DELETE", `/private/${dismiss}`));
  } else if (cancel) {
    act(button, () => api("DELETE", `/forms/${cancel}`));
  }
});

document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.id === "compose") {
    const text = form.elements.text.value;
    if (!text.trim()) return;
    const where = place === `dm-${me}` ? { dm: true } : { place };
    if (thread) where.thread = Number(thread);
    act(event.submitter, async () => {
      await api("POST", "/type", { ...where, text });
      form.reset();
    });
  } else if (form.dataset.form) {
    const fields = [...form.querySelectorAll("[data-name]")];
    const values = Object.fromEntries(fields.map((field) => [field.dataset.name, valueOf(field)]));
    act(event.submitter, () => api("POST", "/submit", { form: form.dataset.form, values }));
  }
});

const messages = document.getElementById("messages");
if (!location.hash) messages.scrollTop = messages.scrollHeight;
follow();
