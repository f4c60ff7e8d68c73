"use strict";

// Everything that comes from the server or the user is set with textContent: nothing here parses it as HTML.

const MOST_AT_ONCE = 3; // a browser opens six connections to one host, and two of them show what happens
const byId = (id) => document.getElementById(id);
const running = new Map(); // trace id -> {abort, row}

function element(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

function seconds(millis) {
  return millis < 1000 ? `${Math.round(millis)} ms` : `${(millis / 1000).toFixed(1)} s`;
}

// ---------------------------------------------------------------------------------- the searches of this tab

async function search(q, work, timeout) {
  const traceId = crypto.randomUUID().slice(0, 8);
  const controller = new AbortController();
  const started = performance.now();

  const row = element("li");
  const what = element("span", "what", `“${q}” for ${work}`);
  const state = element("span", "ended", "0 ms");
  const abort = element("button", "abort", "Abort");
  abort.type = "button";
  abort.onclick = () => controller.abort();
  row.append(element("span", "trace", traceId), what, state, abort);
  byId("mine").prepend(row);
  while (byId("mine").children.length > 6) byId("mine").lastChild.remove();

  const clock = setInterval(() => { state.textContent = seconds(performance.now() - started); }, 100);
  running.set(traceId, controller);
  byId("start").disabled = running.size >= MOST_AT_ONCE;
  const parameters = new URLSearchParams({ q, work });
  if (timeout) parameters.set("timeout", timeout);
  let ending;
  try {
    const response = await fetch(`/search?${parameters}`, {
      signal: controller.signal,
      headers: { "X-Trace-Id": traceId, "X-User-Id": "visitor", "X-Tenant-Id": "page" },
    });
    const body = await response.json();
    ending = response.ok ? `found ${body.found.toLocaleString("en")}` : `${response.status}: ${body.message}`;
  } catch (error) {
    ending = error.name === "AbortError" ? "aborted" : `failed: ${error.message}`;
  }
  clearInterval(clock);
  running.delete(traceId);
  byId("start").disabled = false;
  abort.remove();
  state.textContent = `${ending} after ${seconds(performance.now() - started)}`;
}

byId("search").addEventListener("submit", (event) => {
  event.preventDefault();
  search(byId("q").value, byId("work").value, byId("timeout").value);
});

// -------------------------------------------------------------------------------------- what the server tells

function showActive(activity) {
  const rows = activity.statements.map((statement) => {
    const row = element("tr", running.has(statement.traceId) ? "own" : "");
    row.append(
      element("td", "", statement.pid),
      element("td", "number", seconds(statement.runningMillis)),
      element("td", "trace", statement.traceId ?? "–"),
      element("td", "", statement.sql),
    );
    row.lastChild.title = statement.sql;
    return row;
  });
  byId("running").replaceChildren(...rows);
  byId("statements").hidden = rows.length === 0;
  byId("count").textContent = rows.length;
  byId("count").classList.toggle("some", rows.length > 0);
  byId("pool").textContent =
    `${rows.length === 0 ? "No statement: " : ""}${activity.busyConnections} of ${activity.connections} pooled connections busy`;
  byId("pool").classList.remove("broken");
}

function kind(ending) {
  if (ending.startsWith("200")) return "good";
  return ending.startsWith("ended by") ? "stopped" : "";
}

let shown = "";

function showLog(lines) {
  const text = JSON.stringify(lines);
  if (text === shown) return; // leaves the reader's place and selection alone
  shown = text;
  byId("log").replaceChildren(...lines.map((line) => {
    const item = element("li");
    item.append(
      element("span", "time", `${line.time} `),
      element("span", "trace", line.traceId ?? "–"),
      document.createTextNode(` ${line.request}`),
      element("span", `ending ${kind(line.ending)}`, line.ending),
    );
    return item;
  }));
}

async function poll(path, show, everyMillis) {
  try {
    const response = await fetch(path);
    if (!response.ok) throw new Error(`${path} answered ${response.status}`);
    show(await response.json());
  } catch (error) {
    byId("pool").textContent = `the shop does not answer: ${error.message}`;
    byId("pool").classList.add("broken");
  }
  setTimeout(poll, everyMillis, path, show, everyMillis);
}

poll("/active", showActive, 200);
poll("/log", showLog, 400);
