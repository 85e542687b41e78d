"use strict";
// Sorts, filters and compares the cards of the page. Texts go in as text alone: nothing is read as markup.
(() => {
  const find = (id) => document.getElementById(id);
  const cards = JSON.parse(find("data").textContent);
  const grid = find("pictures");
  const items = Array.from(grid.children);
  const order = Array.from(items.keys());
  const collator = new Intl.Collator("en", { numeric: true });
  const chosen = (id) => (find(id) ? find(id).value : "");
  const values = (id) => Array.from(find(id).options, (option) => option.value);
  const offered = (id, head = "") =>
    values(id).filter((value) => value && value.startsWith(head)).map((value) => value.slice(head.length));
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = cards.map((card) => plain([card.name, card.prompt, card.negative, ...card.tags].join("\n")));
  document.documentElement.classList.add("works");

  // What a card is sorted by; the larger comes first, but for seeds. What a card lacks stands last either way.
  const keys = {
    given: (card, n) => -n,
    date: (card) => card.made,
    seed: (card) => (/^\d+$/.test(card.facts.seed || "") ? -Number(card.facts.seed) : undefined),
    rating: (card) => (card.facts.rating === undefined ? undefined : Number(card.facts.rating)),
  };

  function sort() {
    const wanted = chosen("sort");
    const name = wanted.startsWith("score:") ? wanted.slice(6) : null;
    const key = name === null ? keys[wanted] : (card) => card.scores[name];
    const found = cards.map(key);
    const sign = find("reverse").getAttribute("aria-pressed") === "true" ? -1 : 1;
    order.sort((a, b) => {
      const [left, right] = [found[a], found[b]];
      if (left === undefined || right === undefined) {
        return (left === undefined) - (right === undefined) || a - b;
      }
      return sign * (right - left) || a - b;
    });
    grid.append(...order.map((n) => items[n]));
  }

  function filter() {
    const words = plain(chosen("words")).split(/\s+/).filter(Boolean);
    const [slot, tag, model] = ["slot", "tag", "model"].map(chosen);
    let shown = 0;
    cards.forEach((card, n) => {
      const text = slot ? plain(card.slots[slot] || "") : texts[n];
      const said = slot && !words.length ? Boolean(card.slots[slot]) : words.every((word) => text.includes(word));
      const fits = said && (!tag || card.tags.includes(tag)) && (!model || card.facts.model === model);
      items[n].hidden = !fits;
      shown += fits;
    });
    find("none").hidden = shown > 0;
    find("count").textContent = shown === cards.length ? many(shown) : `${shown} of ${many(cards.length)}`;
  }

  const many = (count) => `${count} picture${count === 1 ? "" : "s"}`;
  const picked = () => order.filter((n) => items[n].querySelector("[data-pick]").checked);

  function pick() {
    const count = picked().length;
    find("compare").disabled = count < 2;
    find("compare").textContent = count ? `Compare ${count}` : "Compare";
  }

  function clear() {
    find("tools").reset();
    find("reverse").setAttribute("aria-pressed", "false");
    items.forEach((item) => (item.querySelector("[data-pick]").checked = false));
    pick();
    sort();
    filter();
  }

  const made = (name, text = "") => Object.assign(document.createElement(name), { textContent: text });

  function rows(ns) {
    const of = (get) => ns.map((n) => String(get(cards[n]) ?? ""));
    const names = [...new Set(ns.flatMap((n) => Object.keys(cards[n].facts)))];
    const number = (value) => (value === undefined ? "" : value.toFixed(3));
    return [
      ...offered("slot").map((slot) => [slot, of((card) => card.slots[slot])]),
      ["whole prompt", of((card) => card.prompt)],
      ["negative", of((card) => card.negative)],
      ...offered("sort", "score:").map((name) => [`score: ${name}`, of((card) => number(card.scores[name]))]),
      ...names.map((name) => [name, of((card) => card.facts[name])]),
      ["finished by", of((card) => card.steps.join(", "))],
      ["tags", of((card) => card.tags.join(", "))],
    ].filter(([, values]) => values.some(Boolean));
  }

  function compare() {
    const ns = picked();
    const head = made("tr");
    head.append(made("td"));
    for (const n of ns) {
      const cell = Object.assign(made("th"), { scope: "col" });
      cell.append(items[n].querySelector("a > img").cloneNode(), cards[n].name);
      head.append(cell);
    }
    const body = rows(ns).map(([name, values]) => {
      const row = made("tr");
      const differs = new Set(values).size > 1;
      row.className = differs ? "differs" : "";
      const title = Object.assign(made("th", name), { scope: "row" });
      if (differs) {
        const sign = made("span", " ≠");
        sign.setAttribute("aria-hidden", "true");
        title.append(sign, Object.assign(made("span", ", differs"), { className: "unseen" }));
      }
      row.append(title, ...values.map((value) => made("td", value)));
      return row;
    });
    const [top, bottom] = [made("thead"), made("tbody")];
    top.append(head);
    bottom.append(...body);
    find("table").replaceChildren(top, bottom);
    find("side").showModal();
  }

  async function copy(button) {
    const source = find(button.dataset.copy);
    let done = true;
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      getSelection().selectAllChildren(source);
      done = document.execCommand("copy");
    }
    find("said").textContent = "";
    button.textContent = done ? "Copied" : "Selected";
    setTimeout(() => (find("said").textContent = done ? "Copied." : "Selected: copy it with the keyboard."), 50);
    setTimeout(() => (button.textContent = "Copy"), 2000);
  }

  find("tools").addEventListener("submit", (event) => event.preventDefault());
  find("tools").addEventListener("input", (event) => (event.target.id === "sort" ? sort() : filter()));
  find("reverse").addEventListener("click", (event) => {
    const button = event.currentTarget;
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    sort();
  });
  find("clear").addEventListener("click", (event) => (event.preventDefault(), clear()));
  find("all").addEventListener("click", () => (clear(), find("words").focus()));
  find("compare").addEventListener("click", compare);
  find("close").addEventListener("click", () => find("side").close());
  find("differing").addEventListener("input", (event) => find("table").classList.toggle("only", event.target.checked));
  grid.addEventListener("input", pick);
  grid.addEventListener("click", (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) copy(button);
  });
  clear();
})();
