/** Parts that several pages use: tables, links, command lines, actions and charts. */
import { ask } from "./api.js"
import { h, put, s } from "./dom.js"

/** The address of a page: its path, and its parameters if they have values. */
export const address = (path, params = {}) => {
  const search = new URLSearchParams(
    Object.entries(params).filter(([, value]) => value !== undefined && value !== ""),
  ).toString()
  return `#/${path.map(encodeURIComponent).join("/")}${search === "" ? "" : `?${search}`}`
}

export const link = (path, text, params) => h("a", { href: address(path, params) }, text)

export const actorLink = (name, id, version) =>
  link(["actor", name, id], `${name} ${id}`, { version })

export const flowLink = (of, text = of) => link(["flow", of], text)

/** A time as people read it, to the millisecond. */
export const time = (iso) =>
  h("time", { datetime: iso }, new Date(iso).toISOString().replace("T", " ").slice(0, 23))

/** A length of time. */
export const lasted = (ms) => {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`
}

/** How a role or the whole is: ready, degraded or broken. */
export const statusText = ({ ready, degraded }, mark = "") => {
  const [status, look] = ready
    ? ["ready", "good"]
    : degraded
    ? ["degraded", "wait"]
    : ["broken", "bad"]
  return h("span", { class: look }, `${mark}${status}`)
}

export const number = (value) => Number(value ?? 0).toLocaleString("en")

/** A value as JSON, on one line, cut to a length. */
export const short = (value, most = 200) => {
  const text = typeof value === "string" ? value : JSON.stringify(value) ?? ""
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** A value as JSON in full. Scrolls, so it can be reached by the keyboard. */
export const json = (value, label) =>
  h("pre", { tabindex: 0, role: "region", "aria-label": label }, JSON.stringify(value, null, 2))

/** A table; a column whose head begins with `#` holds numbers. */
export const table = (caption, heads, rows, empty = "nothing") => {
  if (rows.length === 0) return h("p", { class: "soft" }, empty)
  const kinds = heads.map((head) => head.startsWith("#") ? "number" : "wide")
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          heads.map((head, at) =>
            h("th", { scope: "col", class: kinds[at] }, head.replace("#", ""))
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.map((cells) =>
          cells instanceof Node
            ? cells
            : h("tr", {}, cells.map((cell, at) => h("td", { class: kinds[at] }, cell)))
        ),
      ),
    ),
  )
}

/** A problem, in words. */
export const problem = (error) =>
  h("p", { class: "problem", role: "alert" }, `${error.tag ?? "Problem"}: ${error.message}`)

/** Why a question is not answered, with a button where it is once its cost is accepted. */
export const refused = (error, accept) => [
  problem(error),
  error.costly && h("button", { type: "button", onclick: accept }, "Read it"),
]

/** A word as a shell takes it. */
const quoted = (word) =>
  /^[\w.:@%+=,/-]+$/.test(word) ? word : `'${String(word).replaceAll("'", `'\\''`)}'`

/** A command line. */
export const lineOf = (...words) =>
  ["leftfold", ...words.filter((word) => word !== undefined).map(quoted)].join(" ")

/** Shows the command line that does the same, and copies it. */
export const commandLine = (...words) => {
  const line = lineOf(...words)
  const copied = h("span", { role: "status", class: "soft" })
  const copy = () =>
    navigator.clipboard.writeText(line).then(
      () => put(copied, "copied"),
      () => put(copied, "select it to copy it"),
    )
  return h(
    "div",
    { class: "line" },
    h("code", {}, line),
    h("button", { type: "button", onclick: copy, "aria-label": `Copy: ${line}` }, "Copy"),
    copied,
  )
}

/** A button that does something, once its command line was seen and agreed to. */
export const action = ({ label, name, params, words, danger, done }) => {
  const open = () => {
    const told = h("div", { role: "status" })
    const act = async () => {
      button.disabled = true
      try {
        const answer = await ask(name, params)
        put(told, h("p", { class: "good" }, "done"), json(answer, "what came of it"))
        await done?.(answer)
      } catch (error) {
        put(told, problem(error))
        button.disabled = false
      }
    }
    const button = h("button", { type: "button", class: danger && "danger", onclick: act }, label)
    const close = () => {
      dialog.close()
      dialog.remove()
    }
    const dialog = h(
      "dialog",
      { "aria-label": label, onclose: () => dialog.remove() },
      h("h2", {}, label),
      h("p", {}, "The command line that does the same:"),
      commandLine(...words),
      h(
        "div",
        { class: "row" },
        button,
        h("button", { type: "button", onclick: close }, "Close"),
      ),
      told,
    )
    document.body.append(dialog)
    dialog.showModal()
  }
  return h("button", { type: "button", class: danger && "danger", onclick: open }, label)
}

/** A line that shows how a figure went. */
export const chart = (values, label) => {
  const most = Math.max(1, ...values)
  const step = 100 / Math.max(1, values.length - 1)
  const points = values.map((value, at) => `${at * step},${38 - (value / most) * 36}`).join(" ")
  return s(
    "svg",
    { viewBox: "0 0 100 40", preserveAspectRatio: "none", role: "img", "aria-label": label },
    s("polyline", { class: "chart", points }),
  )
}

/** The parts of two values that differ: their path, before and after. */
export const difference = (before, after) => {
  const flat = (value, path, into) => {
    if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
      for (const [name, each] of Object.entries(value)) {
        flat(each, path === "" ? name : `${path}.${name}`, into)
      }
    } else into.set(path, JSON.stringify(value))
    return into
  }
  const [one, other] = [flat(before, "", new Map()), flat(after, "", new Map())]
  return [...new Set([...one.keys(), ...other.keys()])]
    .filter((path) => one.get(path) !== other.get(path))
    .map((path) => [path || "(all)", one.get(path) ?? "—", other.get(path) ?? "—"])
}

/** A command of a link or a flow: its name if it is known, and who sent it. */
export const sentBy = ({ id, name, sender, traceparent }) => [
  h("b", {}, name ?? "a command"),
  sender.kind === "policy"
    ? [
      " ← the policy ",
      sender.policy,
      ", after ",
      flowLink(sender.position),
      { rejected: ", because what it asked was rejected", parked: ", because it gave that up" }[
        sender.after
      ] ?? "",
      sender.again ? ", replayed" : "",
    ]
    : [" ← ", sender.principal ?? "a client", ", command ", flowLink(id)],
  traceparent ? [", trace ", traceparent.split("-")[1]] : "",
]

/** An event, as a place to go to. */
export const eventLine = ({ type, actor, id, version, position, time: at }) => [
  h("b", {}, type),
  " of ",
  actorLink(actor, id, version),
  " at ",
  flowLink(position),
  ", ",
  time(at),
]
