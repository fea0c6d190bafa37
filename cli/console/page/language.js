/** The language of the application: who says what, who sends it, and who follows it. */
import { ask } from "./api.js"
import { h, put, s } from "./dom.js"
import { commandLine, json, link } from "./parts.js"

const WIDTH = 900
const BOX = { width: 200, height: 26, gap: 12 }
const COLUMNS = { contracts: 10, policies: 350, asked: 690 }

const box = (x, y, text) =>
  s(
    "g",
    {},
    s("rect", { x, y, width: BOX.width, height: BOX.height, rx: 4 }),
    s("text", { x: x + 8, y: y + 17 }, text),
  )

const yOf = (index) => 34 + index * (BOX.height + BOX.gap)

const arrow = (from, to, kind) => {
  const [x1, y1] = [from.x + BOX.width, from.y + BOX.height / 2]
  const [x2, y2] = [to.x, to.y + BOX.height / 2]
  const bend = (x2 - x1) / 2
  return s("path", {
    class: kind,
    d: `M${x1},${y1} C${x1 + bend},${y1} ${x2 - bend},${y2} ${x2},${y2}`,
  })
}

/** Contracts, the policies that follow their events, and the contracts that these ask. */
const diagram = ({ contracts, policies }, sendings) => {
  const placed = (names, x) => new Map(names.map((name, at) => [name, { x, y: yOf(at) }]))
  const names = contracts.map(({ name }) => name)
  const [left, right] = [placed(names, COLUMNS.contracts), placed(names, COLUMNS.asked)]
  const middle = placed(policies.map(({ identity }) => identity), COLUMNS.policies)
  const follows = policies.flatMap(({ identity, follows }) =>
    follows.filter(({ events }) => events.length > 0)
      .map(({ contract }) => arrow(left.get(contract), middle.get(identity), "follows"))
  )
  const asks = sendings.filter(({ policy, contract }) => middle.has(policy) && right.has(contract))
    .map(({ policy, contract }) => arrow(middle.get(policy), right.get(contract), "asks"))
  const titleOf = new Map(policies.map(({ identity, name }) => [identity, name]))
  const height = yOf(Math.max(names.length, policies.length)) + 10
  const head = (x, text) => s("text", { x, y: 18 }, text)
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": "Diagram of the policies" },
    s(
      "svg",
      {
        ...{ class: "diagram", viewBox: `0 0 ${WIDTH} ${height}`, role: "img" },
        "aria-label": "Which policies follow which contracts, and which contracts they ask; the " +
          "lists below say the same",
      },
      head(COLUMNS.contracts, "events of"),
      head(COLUMNS.policies, "are followed by"),
      head(COLUMNS.asked, "which asks"),
      follows,
      asks,
      [...left].map(([name, { x, y }]) => box(x, y, name)),
      [...middle].map(([name, { x, y }]) => box(x, y, titleOf.get(name))),
      [...right].map(([name, { x, y }]) => box(x, y, name)),
    ),
  )
}

const messages = (title, schemas, internal = []) =>
  Object.keys(schemas).length === 0 ? undefined : [
    h("h3", {}, title),
    Object.entries(schemas).map(([name, schema]) =>
      h(
        "details",
        {},
        h("summary", {}, name, internal.includes(name) ? " (internal)" : ""),
        json(schema.properties ?? schema, `the fields of ${name}`),
      )
    ),
  ]

const listed = (title, texts) => texts.length > 0 && h("p", {}, `${title}: `, texts.join(", "))

const contractPart = (contract, { policies, views }, sendings) => {
  const followers = (parts) =>
    parts.filter(({ follows }) =>
      follows?.some((each) => each.contract === contract.name && each.events.length > 0)
    ).map(({ name }) => name)
  return h(
    "section",
    {},
    h("h2", {}, contract.name),
    h("p", {}, link(["actors", contract.name], "its actors")),
    messages("Commands", contract.commands, contract.internal),
    messages("Events", contract.events),
    messages("Rejections", contract.rejections),
    listed("Followed by the policies", followers(policies)),
    listed("Shown by the views", followers(views)),
    listed(
      "Asked lately by the policies",
      sendings.filter((each) => each.contract === contract.name).map(({ policy }) => policy),
    ),
  )
}

/** Shows the contracts, and a diagram of who follows and who asks whom. */
export const languagePage = async ({ root, describe, isCurrent }) => {
  put(root, h("h1", {}, "Language"))
  const { sendings } = await ask("sendings")
  if (!isCurrent()) return
  put(
    root,
    h("h1", {}, `The language of ${describe.name}`),
    diagram(describe, sendings),
    h(
      "p",
      { class: "soft" },
      "A line says who follows whose events, as the code says. A dashed line says who asked whom " +
        "in the latest commits of the log.",
    ),
    commandLine("types"),
    describe.contracts.map((contract) => contractPart(contract, describe, sendings)),
  )
}
