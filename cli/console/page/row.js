/** A row of a view: what it holds, since when, and why. */
import { ask } from "./api.js"
import { h, put } from "./dom.js"
import {
  actorLink,
  address,
  commandLine,
  eventLine,
  flowLink,
  link,
  problem,
  refused,
  sentBy,
  short,
  table,
  time,
} from "./parts.js"

const form = (describe, view, key, at) => {
  const views = describe.views.filter(({ raw }) => !raw).map(({ name }) => name)
  const select = h(
    "select",
    { id: "view" },
    views.map((name) => h("option", { value: name, selected: name === view }, name)),
  )
  const keyInput = h("input", { id: "key", value: key ?? "", autocomplete: "off" })
  const atInput = h("input", { id: "at", value: at ?? "" })
  const submit = (event) => {
    event.preventDefault()
    location.hash = address(["row", select.value, keyInput.value], { at: atInput.value })
  }
  return h(
    "form",
    { class: "row", onsubmit: submit },
    h("label", {}, "View", select),
    h("label", {}, "Key", keyInput),
    h("label", {}, "At a position, such as orders:20", atInput),
    h("button", { type: "submit" }, "Why?"),
  )
}

const chainPart = ({ chain, broken }) => [
  h(
    "ol",
    { class: "flow" },
    chain.map(({ event, command }) =>
      h(
        "li",
        {},
        eventLine(event),
        h("div", { class: "soft" }, short(event.data, 400)),
        h("div", { class: "soft" }, sentBy(command)),
      )
    ),
  ),
  broken && h("p", { class: "wait" }, `the chain ends here: ${broken}`),
]

const columnPart = (found) => {
  const { column, since } = found
  const { name, value, causes, minimal } = column
  return [
    h("h2", {}, `Why ${name} is ${short(value)}`),
    since[name] && h("p", {}, "since ", eventLine(since[name])),
    causes
      ? [
        h(
          "p",
          {},
          minimal
            ? `${causes.length} of its events give this value, and none of them can be left out.`
            : `${causes.length} of its events give this value; perhaps fewer do.`,
        ),
        h("ol", {}, causes.slice(0, 100).map((each) => h("li", {}, eventLine(each)))),
      ]
      : h("p", { class: "soft" }, "The row has too many events to look for those that it needs."),
  ]
}

const storedPart = ({ stored, view }) => {
  if (!stored) return undefined
  if (stored.same) {
    return h("p", { class: "good" }, `The view keeps the same, as of ${stored.position}.`)
  }
  return h(
    "p",
    { class: "bad" },
    `The view keeps another row, as of ${stored.position}: `,
    stored.sameVersion ? "it may lag, or have drifted: " : "another version folds it: ",
    link(["views"], `see ${view}`),
  )
}

const changesPart = ({ changes }) =>
  table(
    "Changes",
    ["time", "position", "event", "what it changed"],
    changes.slice(-100).reverse().map(({ event, changed }) => [
      time(event.time),
      flowLink(event.position),
      [h("b", {}, event.type), " of ", actorLink(event.actor, event.id, event.version)],
      changed
        ? Object.entries(changed).map(([name, value]) => h("div", {}, `${name} = ${short(value)}`))
        : "deleted the row",
    ]),
  )

const rowPart = ({ row, since, view, key, last }, at) =>
  row
    ? table(
      "The row",
      ["column", "value", "since", "event"],
      Object.entries(row).map(([name, value]) => [
        link(["row", view, key, name], name, { at }),
        short(value, 400),
        since[name] ? time(since[name].time) : "",
        since[name]
          ? [
            since[name].type,
            " of ",
            actorLink(since[name].actor, since[name].id, since[name].version),
          ]
          : "",
      ]),
    )
    : h(
      "p",
      { class: "wait" },
      "There is no such row",
      last ? [": deleted by ", eventLine(last)] : ".",
    )

const answerPart = (found, at) => [
  h("p", { class: "soft" }, `${found.events} events up to ${found.at}`),
  storedPart(found),
  found.stopped && problem({ tag: "It stops", message: found.stopped.error }),
  rowPart(found, at),
  found.column && columnPart(found),
  h("h2", {}, found.column ? "What stands behind it" : "What stands behind the last change"),
  chainPart(found),
  h("h2", {}, "Changes, the latest first"),
  changesPart(found),
]

/** Shows a row and its why; with a column, why that has its value. */
export const rowPage = async ({ root, path: [view, key, column], params, describe, isCurrent }) => {
  const at = params.get("at") ?? undefined
  const part = h("div")
  const title = key === undefined ? "Rows" : `${view} ${key}${column ? ` ${column}` : ""}`
  put(root, h("h1", {}, title), form(describe, view, key, at), part)
  if (key === undefined || key === "") return
  const words = [view, key, ...(column ? [column] : []), ...(at ? ["--at", at] : [])]
  const asked = { view, key, ...(column ? { column } : {}), ...(at ? { at } : {}) }
  const show = async (scan) => {
    try {
      const found = await ask("why", { ...asked, scan })
      if (!isCurrent()) return
      put(part, answerPart(found, at), commandLine("why", ...words, ...(scan ? ["--scan"] : [])))
    } catch (error) {
      if (isCurrent()) put(part, refused(error, () => show(true)))
    }
  }
  await show(false)
}
