/** Actors: found by a part of their id, and one with its history, its past, and what it would do. */
import { ask } from "./api.js"
import { h, put } from "./dom.js"
import {
  action,
  actorLink,
  address,
  commandLine,
  difference,
  eventLine,
  flowLink,
  json,
  link,
  number,
  problem,
  short,
  table,
  time,
} from "./parts.js"

const PAGE = 50
const SETTLED_MS = 120

/** Lists the actors of a contract whose ids contain a text. */
export const actorsPage = async ({ root, path: [contract], params, describe, isCurrent }) => {
  const names = describe.contracts.map(({ name }) => name)
  const part = params.get("part") ?? ""
  const select = h(
    "select",
    { id: "contract" },
    names.map((name) => h("option", { value: name, selected: name === contract }, name)),
  )
  const input = h("input", { id: "part", value: part, autocomplete: "off" })
  const search = (event) => {
    event.preventDefault()
    location.hash = address(["actors", select.value], { part: input.value })
  }
  const found = h("div")
  put(
    root,
    h("h1", {}, contract ? `Actors of ${contract}` : "Actors"),
    h(
      "form",
      { class: "row", onsubmit: search },
      h("label", {}, "Contract", select),
      h("label", {}, "A part of the id", input),
      h("button", { type: "submit" }, "Find"),
    ),
    found,
  )
  if (!contract) return
  const { actors, more } = await ask("actors", { contract, part })
  if (!isCurrent()) return
  put(
    found,
    table(
      "Actors",
      ["id", "#commits"],
      actors.map(({ id, commits }) => [link(["actor", contract, id], id), number(commits)]),
      "no actor has such an id",
    ),
    more && h("p", { class: "soft" }, "There are more: write a longer part of the id."),
    commandLine("ids", contract),
  )
}

/** An example of a command's fields, by the names and types of its schema. */
const exampleOf = (schema) => {
  const { properties = {} } = schema ?? {}
  const value = ({ type, enum: values, anyOf }) => {
    if (values?.length > 0) return values[0]
    if (anyOf?.[0]) return value(anyOf[0])
    return { integer: 1, number: 1, boolean: false, array: [], object: {} }[type] ?? ""
  }
  return Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, value(each)]))
}

const wordsOf = (contract, id, command, fields) => [
  contract,
  id,
  command,
  ...(Object.keys(fields).length > 0 ? [JSON.stringify(fields)] : []),
]

const outcomeParts = ({ version, outcome }) => {
  const at = `at version ${version}`
  if (outcome.kind === "rejection") {
    return h("p", { class: "bad" }, `${at} it would be rejected: ${outcome.type} `, [
      short(outcome.data),
    ])
  }
  if (outcome.kind === "bug") {
    return h("p", { class: "bad" }, `its handler fails: ${outcome.message}`)
  }
  return [
    h("p", { class: "good" }, `${at} it would be accepted`),
    table(
      "Events that would follow",
      ["event", "data"],
      outcome.events.map(({ type, data }) => [type, short(data, 2_000)]),
      "with nothing to do",
    ),
    json(outcome.after, "the state after it"),
  ]
}

/** Sends a command, or shows what it would do. */
const sending = ({ describe, may, contract, id, version, isLast, again }) => {
  const { commands } = describe.contracts.find(({ name }) => name === contract) ?? {}
  const names = Object.keys(commands ?? {})
  if (names.length === 0) return h("p", { class: "soft" }, "it takes no commands")
  const fields = h("textarea", { id: "fields", spellcheck: "false" })
  const told = h("div", { role: "status" })
  const offer = () => fields.value = JSON.stringify(exampleOf(commands[select.value]), null, 2)
  const select = h(
    "select",
    { id: "command", onchange: offer },
    names.map((name) => h("option", { value: name }, name)),
  )
  offer()
  const read = () => {
    try {
      return JSON.parse(fields.value || "{}")
    } catch (error) {
      put(told, problem({ tag: "Fields", message: error.message }))
      return undefined
    }
  }
  const preview = async () => {
    const given = read()
    if (given === undefined) return
    const words = wordsOf(contract, id, select.value, given)
    const at = isLast ? {} : { version }
    const flags = isLast ? [] : ["--version", String(version)]
    try {
      const answer = await ask("would", {
        contract,
        id,
        command: select.value,
        fields: given,
        ...at,
      })
      put(
        told,
        outcomeParts(answer),
        commandLine("would", ...words, ...flags),
        may.act && action({
          label: "Send it",
          name: "ask",
          params: { contract, id, command: select.value, fields: given },
          words: ["ask", ...words],
          done: again,
        }),
      )
    } catch (error) {
      put(told, problem(error))
    }
  }
  return h(
    "div",
    {},
    h(
      "div",
      { class: "row" },
      h("label", {}, "Command", select),
    ),
    h("label", { for: "fields" }, "Fields as JSON"),
    fields,
    h(
      "div",
      { class: "row" },
      h("button", { type: "button", onclick: preview }, "What would happen?"),
    ),
    told,
  )
}

/** A page of the history; the event of the shown version is marked. */
const historyPart = ({ contract, id, version, last, go }, { events, next }, after) => {
  const rows = events.map((each) =>
    h(
      "tr",
      { "aria-current": each.version === version && "true" },
      h(
        "td",
        { class: "number" },
        link(["actor", contract, id], String(each.version), { version: each.version }),
      ),
      h("td", {}, time(each.time)),
      h("td", {}, flowLink(each.position)),
      h(
        "td",
        { class: "wide" },
        h("b", {}, each.type),
        " ",
        each.skipped
          ? `stepped over by ${each.skipped.by}: ${each.skipped.reason}`
          : each.omittedBytes !== undefined
          ? `${number(each.omittedBytes)} bytes, too large to show`
          : short(each.data, 600),
      ),
    )
  )
  const page = (label, to, isThere) =>
    h("button", { type: "button", disabled: !isThere, onclick: () => go(to) }, label)
  return [
    table("History", ["#version", "time", "position", "event"], rows, "no events"),
    h(
      "div",
      { class: "row" },
      page("First", 0, after > 0),
      page("Earlier", Math.max(0, after - PAGE), after > 0),
      page("Later", next, next !== undefined),
      page("Last", Math.max(0, last - PAGE), next !== undefined),
    ),
    commandLine("history", contract, id, "--after", String(after), "--limit", String(PAGE)),
  ]
}

/** The state at a version, and what its event changed. */
const statePart = async (contract, id, version) => {
  const stateAt = (at) => ask("state", { contract, id, version: at })
  const [now, before, { events }] = await Promise.all([
    stateAt(version),
    version > 0 ? stateAt(version - 1) : undefined,
    version > 0 ? ask("history", { contract, id, after: version - 1, limit: 1 }) : { events: [] },
  ])
  const [event] = events
  return [
    event && h("p", {}, eventLine({ ...event, actor: contract, id })),
    event && h(
      "p",
      { class: "soft" },
      `command ${event.commandId}`,
      event.principal ? ` by ${event.principal}` : "",
      ", correlation ",
      flowLink(event.correlation),
    ),
    h(
      "div",
      { class: "two" },
      h("div", {}, h("h3", {}, `State at version ${version}`), json(now.state, "the state")),
      h(
        "div",
        {},
        h("h3", {}, "What this event changed"),
        table(
          "What this event changed",
          ["path", "before", "after"],
          before
            ? difference(before.state, now.state).map((each) => each.map((text) => short(text)))
            : [],
          version === 0 ? "this is the state before the first event" : "nothing",
        ),
      ),
    ),
    commandLine("state", contract, id, "--version", String(version)),
  ]
}

/** Shows one actor: a slider over its versions, its history, and a command to try. */
export const actorPage = async (context) => {
  const { root, path: [contract, id], params, isCurrent, onLive } = context
  put(root, h("h1", {}, `${contract} ${id}`))
  const { version: last } = await ask("history", { contract, id, limit: 1 })
  const wanted = params.get("version")
  const version = wanted === null ? last : Math.min(Math.max(0, Number(wanted) || 0), last)
  const isLast = version === last
  const state = h("div")
  const history = h("div")
  const label = h("span", {}, `Version ${version} of ${last}`)
  let settle
  const move = (event) => {
    const to = event.target.value
    put(label, `Version ${to} of ${last}`)
    clearTimeout(settle)
    settle = setTimeout(() => {
      globalThis.history.replaceState(null, "", address(["actor", contract, id], { version: to }))
      void showState(Number(to))
    }, SETTLED_MS)
  }
  const slider = h("input", {
    ...{ type: "range", id: "version", min: 0, max: last, step: 1, oninput: move },
  })
  slider.value = String(version)
  const told = async (part, work) => {
    try {
      const shown = await work()
      if (isCurrent()) put(part, shown)
    } catch (error) {
      if (isCurrent()) put(part, problem(error))
    }
  }
  const showState = (at) => told(state, () => statePart(contract, id, at))
  const go = (after) =>
    told(history, async () => {
      const page = await ask("history", { contract, id, after, limit: PAGE })
      return historyPart({ contract, id, version, last, go }, page, after)
    })
  const again = () => location.hash = address(["actor", contract, id], { version: last + 1 })
  const news = h("p", { role: "status" })
  put(
    root,
    h("h1", {}, `${contract} ${id}`),
    news,
    h("div", {}, h("label", { for: "version" }, label), slider),
    state,
    h("h2", {}, "History"),
    history,
    h("h2", {}, "Send a command"),
    sending({ ...context, contract, id, version, isLast, again }),
  )
  await Promise.all([showState(version), go(Math.max(0, version - PAGE / 2))])
  let seen
  onLive(async ({ logs }) => {
    const { last: now } = logs.find((each) => contract.startsWith(`${each.context}.`)) ?? {}
    if (now === seen) return
    const isFirst = seen === undefined
    seen = now
    if (isFirst) return
    const { version: newest } = await ask("history", { contract, id, limit: 1 })
    if (!isCurrent() || newest <= last) return
    put(news, `${newest - last} newer: `, actorLink(contract, id, newest))
  })
}
