// Lists of options under a field, moved through with the arrow keys while the focus stays in the field.

export class Options {
  // ``choose(option)``: one was chosen. The field's aria-controls names the list.
  constructor(field, choose) {
    this.field = field;
    this.list = document.getElementById(field.getAttribute("aria-controls"));
    this.choose = choose;
    this.active = -1;
    this.list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where it is
    this.list.addEventListener("click", (event) => {
      const at = [...this.list.children].indexOf(event.target.closest("[role=option]"));
      if (at >= 0) this.take(at);
    });
  }

  get isOpen() {
    return !this.list.hidden;
  }

  // ``options``: [{ label, note, value }]. ``active``: the one that is ready to be taken, -1 for none.
  show(options, active = -1) {
    this.options = options;
    this.list.replaceChildren(...options.map((option, at) => this.#draw(option, at)));
    this.list.hidden = !options.length;
    if (this.field.role === "combobox") this.field.setAttribute("aria-expanded", String(this.isOpen));
    this.move(active);
  }

  hide() {
    if (this.isOpen) this.show([]);
  }

  #draw({ label, note }, at) {
    const item = document.createElement("div");
    item.id = `${this.list.id}-${at}`;
    item.setAttribute("role", "option");
    item.append(Object.assign(document.createElement("span"), { className: "label", textContent: label }));
    if (note) item.append(" ", Object.assign(document.createElement("span"), { className: "note", textContent: note }));
    return item;
  }

  move(to) {
    this.active = to;
    [...this.list.children].forEach((item, at) => item.setAttribute("aria-selected", String(at === to)));
    const item = this.list.children[to];
    if (item) {
      this.field.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    } else this.field.removeAttribute("aria-activedescendant");
  }

  take(at) {
    const option = this.options[at];
    this.hide();
    this.choose(option);
  }

  // Returns whether the key was for the list. ``tab``: Tab takes the first option, too.
  key(event, tab = false) {
    if (!this.isOpen || event.isComposing || event.shiftKey) return false;
    const count = this.options.length;
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) {
      const from = this.active < 0 && event.key === "ArrowUp" ? 0 : this.active;
      this.move((from + steps[event.key] + count) % count);
    } else if (event.key === "Escape") this.hide();
    else if (event.key === "Enter" && this.active >= 0) this.take(this.active);
    else if (event.key === "Tab" && tab) this.take(Math.max(this.active, 0));
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }
}
