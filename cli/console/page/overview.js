/** The overview: throughput, latency, lag, what is parked, and nodes, as they are now. */
import { ask } from "./api.js"
import { h, put } from "./dom.js"
import { chart, commandLine, lasted, link, number, statusText, table } from "./parts.js"

const KEPT = 120

/** How figures went since the page was opened. */
const series = { events: [], commands: [], latency: [], lag: [] }
let before

const push = (list, value) => {
  list.push(value)
  if (list.length > KEPT) list.shift()
}

const sumOf = (list, of) => list.reduce((sum, each) => sum + of(each), 0)

/** Takes the difference of two overviews. A process that started again counts from 0. */
const learn = (now) => {
  if (before && before.time !== now.time) {
    const seconds = (Date.parse(now.time) - Date.parse(before.time)) / 1_000
    const rate = (of) => Math.max(0, of(now) - of(before)) / seconds
    const commands = (each) => sumOf(each.answered, ({ requests }) => requests)
    const took = Math.max(
      0,
      sumOf(now.answered, ({ ms }) => ms) - sumOf(before.answered, ({ ms }) => ms),
    )
    const asked = Math.max(0, commands(now) - commands(before))
    push(series.events, rate((each) => sumOf(each.logs, ({ last }) => last)))
    push(series.commands, rate(commands))
    push(series.latency, asked === 0 ? 0 : took / asked)
    push(series.lag, Math.max(0, ...now.views.map(({ lag }) => lag?.seconds ?? 0)))
  }
  before = now
}

const card = (title, values, show) => {
  const value = values.at(-1) ?? 0
  return h(
    "div",
    { class: "card" },
    title,
    h("strong", {}, show(value)),
    chart(values, `${title}: now ${show(value)}`),
  )
}

const rate = (value) => `${value.toFixed(value < 10 ? 1 : 0)} /s`

const cards = ({ parked }) =>
  h(
    "div",
    { class: "cards" },
    card("Commits", series.events, rate),
    card("Commands", series.commands, rate),
    card("Time to answer", series.latency, (ms) => lasted(ms)),
    card("Largest lag", series.lag, (seconds) => lasted(seconds * 1_000)),
    h(
      "div",
      { class: "card" },
      "Parked",
      h("strong", { class: parked.views + parked.policies > 0 && "bad" }, [
        number(parked.views + parked.policies),
      ]),
      link(["parked"], "see what, and why"),
    ),
  )

const reasonsOf = ({ reason, stuck, troubles, warnings, slow, parked }) =>
  [reason, ...[stuck, troubles, warnings, slow, parked].flatMap((each) => each ?? [])]
    .filter((each) => each !== undefined).map(String).slice(0, 20)

const roles = ({ roles }) =>
  table(
    "Roles",
    ["role", "state", "what it says"],
    Object.entries(roles).map(([name, health]) => [
      name,
      statusText(health),
      reasonsOf(health).map((each) => h("div", {}, each)),
    ]),
  )

const logs = ({ logs }) =>
  table(
    "Logs",
    ["context", "#position", "#actors", "#bytes"],
    logs.map(({ context, last, actors, bytes }) => [
      context,
      number(last),
      number(actors),
      number(bytes),
    ]),
  )

const actors = ({ answered }) =>
  table(
    "Actors",
    ["contract", "#commands", "#errors", "#average"],
    answered.map(({ name, requests, errors, ms }) => [
      link(["actors", name], name),
      number(requests),
      number(errors),
      lasted(requests === 0 ? 0 : ms / requests),
    ]),
    "no actor has answered",
  )

const views = ({ views }) =>
  table(
    "Views",
    ["view", "state", "#generation", "#behind", "#since", "#parked"],
    views.map(({ name, state, generation, building, lag, parkedEvents }) => [
      link(["row", name], name),
      building.length > 0 ? `${state}, ${building.join(", ")} is being built` : state,
      generation ?? "",
      number(lag?.commits),
      lasted((lag?.seconds ?? 0) * 1_000),
      number(parkedEvents),
    ]),
    "the application has no views",
  )

const nodes = ({ nodes }) =>
  table(
    "Nodes",
    ["node", "version", "#commands /s", "slices"],
    nodes.map(({ node, version, load, leaving, slices }) => [
      leaving ? `${node} (leaving)` : node,
      version,
      number(Math.round(load)),
      Object.entries(slices).map(([context, count]) => `${context} ${count}`).join(", "),
    ]),
    "no node is known",
  )

/** Shows the overview, and again each time it changes. */
export const overviewPage = async ({ root, overview, onLive, isCurrent }) => {
  const body = h("div")
  const focusable = () => [...body.querySelectorAll("a, button, [tabindex]")]
  const draw = (now) => {
    // What has the focus is drawn again too, and gets it back.
    const focused = focusable().indexOf(document.activeElement)
    put(
      body,
      cards(now),
      ...[["Roles", roles], ["Views", views], ["Actors", actors], ["Logs", logs], ["Nodes", nodes]]
        .map(([title, part]) => [h("h2", {}, title), part(now)]),
      commandLine("health"),
      commandLine("projections"),
    )
    focusable()[focused]?.focus({ preventScroll: true })
  }
  put(root, h("h1", {}, "Overview"), body)
  const now = overview() ?? await ask("overview")
  if (!isCurrent()) return
  learn(now)
  draw(now)
  onLive((next) => {
    learn(next)
    draw(next)
  })
}
