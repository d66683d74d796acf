"use strict";
(() => {
  const sheet = JSON.parse(document.getElementById("sheet").textContent);
  const formula = new RegExp("^" + sheet.formula);
  const NAMES = ["question", "answerable", "answer", "picture", "comment"];
  const PLACE = "culturalground-review-" + sheet.key, WHO = "culturalground-reviewer", PROBE = "culturalground-probe";
  const articles = [...document.querySelectorAll("article")];
  const reviewer = document.getElementById("reviewer");
  let unsaved = false;

  // A browser that keeps nothing, by its settings or for such files, throws.
  function kept(key) {
    try { return localStorage.getItem(key) } catch { return null }
  }
  function keep(key, value) {
    try { localStorage.setItem(key, value) } catch { document.getElementById("unkept").hidden = false }
  }

  function verdictsBefore() {
    try { return JSON.parse(kept(PLACE)) ?? {} } catch { return {} }
  }

  function said(article) {
    const form = new FormData(article.querySelector("form"));
    return NAMES.map(name => (form.get(name) ?? "").trim().replaceAll("\r\n", "\n"));
  }
  function restore(article, words) {
    const form = article.querySelector("form");
    NAMES.forEach((name, at) => {
      const word = words[at] ?? "";
      for (const radio of form.querySelectorAll(`[type=radio][name=${name}]`)) radio.checked = radio.value === word;
      if (name === "comment") form.elements.comment.value = word;
    });
  }
  function isJudged(article) {
    return said(article).slice(0, -1).some(Boolean);
  }

  function show() {
    for (const article of articles) article.classList.toggle("done", isJudged(article));
    const done = articles.filter(isJudged).length;
    document.getElementById("progress").textContent = `${done} of ${articles.length} judged`;
    document.getElementById("next").disabled = done === articles.length;
  }
  function changed() {
    const all = Object.fromEntries(articles.map(article => [article.dataset.id, said(article)]));
    keep(PLACE, JSON.stringify(all));
    unsaved = true;
    show();
  }

  function cell(text) {
    return '"' + (formula.test(text) ? "'" + text : text).replaceAll('"', '""') + '"';
  }
  function csv() {
    const name = reviewer.value.trim().replace(/\s+/g, " ");
    const rows = sheet.rows.map((shown, at) => [...shown, ...said(articles[at]), name]);
    const header = sheet.columns.map(column => '"' + column + '"');
    return "\ufeff" + [header, ...rows.map(row => row.map(cell))].map(row => row.join(",") + "\r\n").join("");
  }
  function save() {
    const link = document.createElement("a");
    const who = reviewer.value.trim().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
    link.href = URL.createObjectURL(new Blob([csv()], { type: "text/csv;charset=utf-8" }));
    link.download = `${sheet.name}-verdicts${who && "-" + who}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    unsaved = false;
  }

  function next() {
    const below = articles.filter(article => article.getBoundingClientRect().top > 20);
    const open = [...below, ...articles].find(article => !isJudged(article));
    open.scrollIntoView();
    open.querySelector("input").focus({ preventScroll: true });
  }

  function takeOver() {
    const before = verdictsBefore();
    for (const article of articles) restore(article, before[article.dataset.id] ?? []);
    reviewer.value = kept(WHO) ?? "";
    show();
  }

  for (const article of articles) {
    article.addEventListener("input", changed);
    article.querySelector("form").addEventListener("submit", event => event.preventDefault());
    article.querySelector(".clear").addEventListener("click", () => { restore(article, []); changed() });
  }
  reviewer.addEventListener("input", () => { keep(WHO, reviewer.value); unsaved = true });
  document.getElementById("save").addEventListener("click", save);
  document.getElementById("next").addEventListener("click", next);
  addEventListener("beforeunload", event => {
    if (unsaved && !document.getElementById("unkept").hidden) event.preventDefault();
  });
  // What was kept by a page that is gone, or by another tab, may reach this one's process only after it was read.
  addEventListener("storage", event => { if (event.key === PLACE || event.key === WHO) takeOver() });
  keep(PROBE, "");
  takeOver();
})();
