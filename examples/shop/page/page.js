/** The shop's page: speaks to the gateway as anybody can, and watches by server-sent events. */
import { watch as watchAs } from "./events.js"
import { headersNow, signIn, signOut, whoIsThere } from "./sign-in.js"

/** The paths that the page reads, as /openapi.json names them. */
const READ = {
  catalogue: "/products/products-for-sale",
  order: "/orders/order-detail/{key}",
  orders: "/orders/orders-in-state",
}

/** The actors of an order; all four have its id. Their logs are for staff. */
const LOGS = {
  order: "/orders/order/{id}/history",
  checkout: "/orders/checkout/{id}/history",
  payment: "/payments/payment/{id}/history",
  delivery: "/delivery/delivery/{id}/history",
}

/** The commands that the page sends. */
const SAY = {
  addProduct: "/products/product/{id}/AddProduct",
  receive: "/stock/item/{id}/ReceiveStock",
  place: "/orders/order/{id}/PlaceOrder",
  cancel: "/orders/order/{id}/CancelOrder",
}

/** The goods that fill the shelves; prices in cents. */
const GOODS = [
  { sku: "tea", name: "Green tea", price: 450, quantity: 100 },
  { sku: "pot", name: "Tea pot", price: 3200, quantity: 12 },
  { sku: "cup", name: "Cup", price: 900, quantity: 40 },
  { sku: "samovar", name: "Silver samovar", price: 520000, quantity: 5 },
]

/** The most orders watched at once: browsers have six connections to a server. */
const WATCHED_AT_MOST = 3

/** How each state looks. */
const TONES = {
  good: ["completed", "taken", "delivered", "refunded", "returned"],
  bad: ["cancelled", "declined", "failed", "withdrawn"],
  "under-way": ["placed", "asked", "arranged", "dispatched"],
}

const element = (selector, within = document) => within.querySelector(selector)
const copyOf = (template) => element(template).content.firstElementChild.cloneNode(true)
const money = (cents) => (cents / 100).toLocaleString("en", { minimumFractionDigits: 2 })
const at = (path, id) => path.replace(/\{\w+\}/, encodeURIComponent(id))
const toneOf = (state) => Object.keys(TONES).find((tone) => TONES[tone].includes(state)) ?? ""
const tell = (text) => element("#status").textContent = text

/** Sends a command to an actor; a repeat with the same `key` is the same command. */
const say = async (path, id, fields, key) => {
  const response = await fetch(at(path, id), {
    method: "POST",
    headers: { ...headersNow(), "Content-Type": "application/json", "Idempotency-Key": key },
    body: JSON.stringify(fields),
  })
  if (response.ok) return
  const { title, detail = "" } = await response.json()
  throw new Error(`${title} ${detail}`)
}

/** Does something, and shows a failure. */
const trying = (work) => async (event) => {
  event.preventDefault()
  tell("")
  try {
    await work(event)
  } catch (error) {
    tell(error.message)
  }
}

/** Calls back with each new answer; undefined while the row does not exist. */
const watch = (path, shown) => watchAs(path, headersNow, shown, tell)

/** Who has signed in, such as `{ id: "ada", role: "customer" }`; undefined for nobody. */
let user

const products = new Map()

const showTotal = () => {
  const sum = [...products.values()].reduce(
    (total, { price, item }) => total + price * Number(element("input", item).value),
    0,
  )
  element("#total").textContent = money(sum)
}

const showCatalogue = (rows) => {
  element("#empty").hidden = rows.length > 0
  for (const { sku, name, price, available } of rows) {
    const item = products.get(sku)?.item ?? copyOf("#product")
    products.set(sku, { name, price, item })
    element(".name", item).textContent = name
    element(".price", item).textContent = money(price)
    element(".available", item).textContent = `${available} available`
    element("input", item).setAttribute("aria-label", `How many of ${name}`)
  }
  for (const sku of products.keys()) {
    if (!rows.some((row) => row.sku === sku)) products.delete(sku)
  }
  const [list, items] = [element("#catalogue"), rows.map(({ sku }) => products.get(sku).item)]
  // Keeps the inputs, and with them the focus, while the products are the same.
  if (items.length !== list.children.length || items.some((item, n) => item !== list.children[n])) {
    list.replaceChildren(...items)
  }
  showTotal()
}

/** Whether an order is final. */
const atRest = ({ state, payment, delivery }) =>
  state === "completed" ||
  (state === "cancelled" && !["asked", "taken"].includes(payment) &&
    !["arranged", "dispatched", "failed"].includes(delivery))

/** One line of a list of what happened: when, and what. */
const lineOf = (ms, ...words) => {
  const line = document.createElement("li")
  for (const text of [`+${Math.round(ms)} ms`, ...words]) {
    const part = document.createElement("span")
    part.textContent = text
    line.append(part)
  }
  return line
}

/** Shows the state of an order, and the list of states seen so far. */
const showOrder = (item, row, elapsedMs) => {
  const { state, payment, delivery, reason = "" } = row
  const badge = element(".state", item)
  badge.textContent = state
  badge.dataset.tone = toneOf(state)
  for (const [step, now] of Object.entries({ order: state, payment, delivery })) {
    const place = element(`[data-step="${step}"]`, item)
    const shown = element("span", place)
    if (now === "none" || shown.textContent === now) continue
    shown.textContent = now
    place.dataset.tone = toneOf(now)
    element(".seen", item).append(lineOf(elapsedMs, step, now))
  }
  element(".reason", item).textContent = reason
  element(".cancel", item).hidden = state !== "placed"
}

/** Shows the recorded events of an order by time. */
const showLog = async (item, { id, payment, delivery }) => {
  const absent = Object.entries({ payment, delivery }).filter(([, state]) => state === "none")
  const logs = Object.entries(LOGS).filter(([of]) => !absent.some(([each]) => each === of))
  const histories = logs.map(async ([of, path]) => {
    const { events } = await (await fetch(at(path, id), { headers: headersNow() })).json()
    return events.map(({ type, time }) => ({ of, type, ms: Date.parse(time) }))
  })
  const events = (await Promise.all(histories)).flat().sort((one, other) => one.ms - other.ms)
  const [first] = events
  element(".log summary", item).textContent = `${events.length} events in the log`
  element(".events", item).replaceChildren(
    ...events.map(({ of, type, ms }) => lineOf(ms - first.ms, of, type)),
  )
  element(".log", item).hidden = false
}

const watched = []

/** Shows an order that is about to be placed; `placing` resolves once it is, or rejects. */
const follow = async (id, lines, placing) => {
  const [item, beganMs] = [copyOf("#order"), performance.now()]
  element(".id", item).textContent = id
  element(".lines", item).textContent = lines
    .map(({ name, quantity }) => `${quantity} × ${name}`)
    .join(", ")
  element(".cancel", item).onclick = trying(() =>
    say(SAY.cancel, id, { reason: "changed my mind" }, `cancel-${id}`)
  )
  const source = watch(at(READ.order, id), (row) => {
    if (!row) return
    showOrder(item, row, performance.now() - beganMs)
    if (!atRest(row)) return
    source.close()
    watched.splice(watched.indexOf(source), 1)
    if (user.role === "staff") showLog(item, row).catch(({ message }) => tell(message))
  })
  watched.push(source)
  if (watched.length > WATCHED_AT_MOST) watched.shift().close()
  element("#none").hidden = true
  element("#orders").prepend(item)
  try {
    await placing()
  } catch (error) {
    source.close()
    item.remove()
    throw error
  }
}

/** A unique id; browsers have no `crypto.randomUUID` without TLS. */
const newId = () => `o-${Date.now().toString(36)}-${Math.random().toString(36).slice(2, 8)}`

const place = async ({ target }) => {
  const chosen = [...products].flatMap(([sku, { name, price, item }]) => {
    const quantity = Number(element("input", item).value)
    return quantity > 0 ? [{ sku, name, quantity, price }] : []
  })
  if (chosen.length === 0) throw new Error("Choose something first.")
  const { address } = Object.fromEntries(new FormData(target))
  const lines = chosen.map(({ sku, quantity, price }) => ({ sku, quantity, price }))
  const id = newId()
  const order = { customer: user.id, address, lines }
  await follow(id, chosen, () => say(SAY.place, id, order, `place-${id}`))
  for (const { item } of products.values()) element("input", item).value = 0
  showTotal()
}

const fill = async () => {
  for (const { sku, name, price, quantity } of GOODS) {
    await say(SAY.addProduct, sku, { name, price }, `fill-${sku}`)
    await say(SAY.receive, sku, { quantity }, `fill-${sku}`)
  }
}

/** Shows the orders in a state that the user may see: customers their own, staff all. */
const showList = (rows) =>
  element("#list").replaceChildren(...rows.map(({ id, customer, total }) => {
    const item = copyOf("#listed")
    for (const [part, text] of Object.entries({ id, of: customer, price: money(total) })) {
      element(`.${part}`, item).textContent = text
    }
    return item
  }))

let listing

const list = () => {
  listing?.close()
  element("#list").replaceChildren()
  listing = watch(`${READ.orders}?state=${element("#state").value}`, showList)
}

/** Shows what the user may do. */
const welcome = async () => {
  const how = await whoIsThere()
  user = how.user
  element("#sign-in").hidden = user !== undefined
  element("#signed-in").hidden = element("#all").hidden = user === undefined
  element("#place").disabled = user === undefined
  element("#fill").hidden = user?.role !== "staff"
  element("#as").hidden = how.names === undefined
  element("select", element("#as")).replaceChildren(
    ...(how.names ?? []).map((name) => new Option(name)),
  )
  element("#sign-in").onsubmit = trying(async ({ target }) => {
    await signIn(how, new FormData(target).get("name"))
    if (how.issuer === undefined) await welcome()
  })
  if (user === undefined) return
  element("#user").textContent = user.id
  element("#all-title").textContent = user.role === "staff" ? "All orders" : "All your orders"
  list()
}

const leave = () => {
  signOut()
  // Nothing of one user is left for the next.
  location.reload()
}

element("#basket").onsubmit = trying(place)
element("#basket").oninput = showTotal
element("#fill").onclick = trying(fill)
element("#state").onchange = list
element("#sign-out").onclick = leave
watch(READ.catalogue, showCatalogue)
welcome().catch(({ message }) => tell(message))
