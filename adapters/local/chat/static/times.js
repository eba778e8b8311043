// How far off things are, kept up to date. words.py has the same units.

const MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 604800, MONTH = 2629800, YEAR = 31557600;
const UNITS = [
  [2 * YEAR, YEAR, "year"],
  [9 * WEEK, MONTH, "month"],
  [2 * WEEK, WEEK, "week"],
  [2 * DAY, DAY, "day"],
  [HOUR, HOUR, "hour"],
  [MINUTE, MINUTE, "minute"],
];

const now = () => Date.now() + Number(document.getElementById("top").dataset.ahead) * 1000;

function relative(at) {
  const seconds = Math.round((at - now()) / 1000);
  for (const [least, size, name] of UNITS) {
    if (Math.abs(seconds) < least) continue;
    const count = Math.floor(Math.abs(seconds) / size);
    const told = `${count} ${name}${count === 1 ? "" : "s"}`;
    return seconds > 0 ? `in ${told}` : `${told} ago`;
  }
  return seconds > 0 ? "now" : "just now";
}

export function tick() {
  for (const shown of document.querySelectorAll(".relative[data-at]")) shown.textContent = `(${relative(new Date(shown.dataset.at))})`;
  for (const shown of document.querySelectorAll(".replies time")) shown.textContent = relative(new Date(shown.dateTime));
  const clock = document.querySelector("[data-clock]");
  const zone = { timeZone: document.body.dataset.zone, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  if (clock) clock.textContent = new Intl.DateTimeFormat("en-GB", zone).format(now());
}

setInterval(tick, 20_000);
