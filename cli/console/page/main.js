/** The console's page: finds the page that an address names, and follows what is live. */
import { ask, keepToken, takeToken, watch } from "./api.js"
import { actorPage, actorsPage } from "./actor.js"
import { parkedPage, timersPage, viewsPage } from "./care.js"
import { h, put } from "./dom.js"
import { flowPage } from "./flow.js"
import { languagePage } from "./language.js"
import { overviewPage } from "./overview.js"
import { address, link, problem, statusText } from "./parts.js"
import { rowPage } from "./row.js"

const PAGES = {
  "": ["Overview", overviewPage],
  actors: ["Actors", actorsPage],
  actor: [undefined, actorPage],
  row: ["Rows", rowPage],
  flow: ["Flows", flowPage],
  views: ["Views", viewsPage],
  parked: ["Parked", parkedPage],
  timers: ["Timers", timersPage],
  language: ["Language", languagePage],
}

const main = document.getElementById("main")
const known = { overview: undefined, outage: undefined, may: undefined, describe: undefined }
let shown = { live: undefined, turn: 0 }

/** The parts of the address: the page, its path and its parameters. */
const placeOf = (hash) => {
  const [path = "", search = ""] = hash.replace(/^#\/?/, "").split("?")
  const decoded = path.split("/").map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  })
  return { name: decoded[0] ?? "", path: decoded.slice(1), params: new URLSearchParams(search) }
}

const navigation = (current) =>
  put(
    document.getElementById("nav"),
    Object.entries(PAGES).filter(([, [title]]) => title).map(([name, [title]]) => {
      const each = link([name], title)
      if (name === current) each.setAttribute("aria-current", "page")
      return each
    }),
  )

const tokenForm = (error) => {
  const input = h("input", { id: "token", autocomplete: "off", size: 40 })
  const submit = (event) => {
    event.preventDefault()
    keepToken(input.value.trim())
    location.reload()
  }
  return [
    h("h1", {}, "The console needs its token"),
    problem(error),
    h(
      "p",
      {},
      "Open the address that leftfold dev or leftfold console printed, or paste its token.",
    ),
    h(
      "form",
      { class: "row", onsubmit: submit },
      h("label", {}, "Token", input),
      h("button", { type: "submit" }, "Enter"),
    ),
  ]
}

/** Shows the page that the address names. Focus goes to it, so that it is read out. */
const show = async (focuses = true) => {
  const { name, path, params } = placeOf(location.hash)
  const [, page] = PAGES[name] ?? []
  const turn = shown.turn + 1
  const focused = document.activeElement
  shown = { turn, live: undefined }
  navigation(name === "actor" ? "actors" : name)
  const root = h("div")
  const context = {
    root,
    path,
    params,
    may: known.may,
    describe: known.describe,
    overview: () => known.overview,
    isCurrent: () => shown.turn === turn,
    onLive: (live) => shown.live = live,
  }
  put(main, root)
  try {
    if (!page) throw new Error(`there is no page "${name}"`)
    await page(context)
  } catch (error) {
    if (shown.turn === turn) root.append(problem(error))
  }
  if (shown.turn !== turn) return
  document.title = `${root.querySelector("h1")?.textContent ?? "Console"} – Leftfold`
  // Unless somebody has moved on meanwhile, such as into the field at the top.
  const isFree = [focused, document.body].includes(document.activeElement)
  if (focuses && isFree) main.focus()
}

/** Where a text leads: an actor, a row, a position, or the id of a command. */
const leadsTo = (text) => {
  const [first = "", ...others] = text.trim().split(/\s+/)
  const rest = others.join(" ")
  const { contracts, views } = known.describe
  if (rest !== "" && views.some(({ name }) => name === first)) return address(["row", first, rest])
  if (rest !== "" && contracts.some(({ name }) => name === first)) {
    return address(["actor", first, rest])
  }
  if (contracts.some(({ name }) => name === first)) return address(["actors", first])
  return address(["flow", text.trim()])
}

const keyboard = (event) => {
  const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)
  if (event.ctrlKey || event.metaKey || event.altKey || isTyping) return
  if (event.key === "/") {
    event.preventDefault()
    document.getElementById("goto-text").focus()
  }
  const index = "123456789".indexOf(event.key)
  const names = Object.keys(PAGES).filter((name) => PAGES[name][0])
  if (event.key.length === 1 && index >= 0 && names[index] !== undefined) {
    location.hash = address([names[index]])
  }
}

const onLive = (event, data) => {
  const status = document.getElementById("live")
  if (event === "overview") {
    known.overview = data
    put(status, statusText(data, "● "))
    shown.live?.(data)
  } else put(status, h("span", { class: "bad" }, data.message))
}

const begin = async () => {
  takeToken()
  try {
    const [may, describe] = await Promise.all([ask("may"), ask("describe")])
    Object.assign(known, { may, describe })
  } catch (error) {
    return put(main, error.status === 403 ? tokenForm(error) : problem(error))
  }
  put(document.getElementById("name"), `${known.may.app} console`)
  addEventListener("hashchange", () => void show())
  addEventListener("keydown", keyboard)
  document.getElementById("goto").addEventListener("submit", (event) => {
    event.preventDefault()
    const { value } = document.getElementById("goto-text")
    if (value.trim() !== "") location.hash = leadsTo(value)
  })
  void watch(onLive)
  await show(false)
}

await begin()
