// One stream of server-sent events for all windows of a browser: browsers open six connections to a server and no more,
// and each window needs some for itself.

const AGAIN_MS = 1000;

export class Hub {
  constructor() {
    this.windows = new Map(); // what to post to → { key: "person/place", seq: the last change it has }
    this.stream = null;
    this.soon = 0;
  }

  // ``to`` has postMessage; each update for ``key`` after number ``seq`` is posted there.
  join(to, key, seq) {
    this.windows.set(to, { key, seq });
    this.#openSoon(20);
  }

  leave(to) {
    if (this.windows.delete(to)) this.#openSoon(20);
  }

  #openSoon(ms) {
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.#open(), ms);
  }

  #open() {
    this.stream?.close();
    this.stream = null;
    const oldest = new Map();
    for (const { key, seq } of this.windows.values()) oldest.set(key, Math.min(seq, oldest.get(key) ?? seq));
    if (!oldest.size) return;
    const query = [...oldest].map(([key, seq]) => `window=${encodeURIComponent(`${key}/${seq}`)}`).join("&");
    const stream = (this.stream = new EventSource(`/live?${query}`));
    stream.onopen = () => this.#tellAll({ state: "open" });
    stream.onmessage = (event) => this.#deliver(JSON.parse(event.data));
    stream.onerror = () => {
      if (stream !== this.stream) return;
      this.#tellAll({ state: "away" });
      stream.close(); // its address has old numbers; a new one asks for what is new
      this.#openSoon(AGAIN_MS);
    };
  }

  #deliver(update) {
    for (const [to, window] of this.windows) {
      if (window.key !== update.window || update.seq <= window.seq) continue;
      window.seq = update.seq;
      to.postMessage(update);
    }
  }

  #tellAll(message) {
    for (const to of this.windows.keys()) to.postMessage(message);
  }
}
