/** What needs care: views and their generations, what is parked, and timers. */
import { ask } from "./api.js"
import { h, put } from "./dom.js"
import {
  action,
  actorLink,
  commandLine,
  flowLink,
  lasted,
  link,
  number,
  problem,
  short,
  table,
  time,
} from "./parts.js"

const nameCell = (name, raw) => raw ? name : link(["row", name], name)

/** What can be done about a view. */
const viewActions = (name, raw, own, done) =>
  h(
    "div",
    { class: "row" },
    action({
      label: `Rebuild ${name}`,
      name: "rebuild",
      params: { view: name },
      words: ["rebuild", name, "--no-wait"],
      done,
    }),
    own.some(({ state }) => state === "previous") && action({
      ...{ label: `Roll ${name} back`, name: "rollback", params: { view: name } },
      ...{ words: ["rollback", name], danger: true, done },
    }),
    own.some(({ state }) => state !== "serving") && action({
      ...{ label: `Drop old generations of ${name}`, name: "drop", params: { view: name } },
      ...{ words: ["drop", name], danger: true, done },
    }),
    !raw && action({
      ...{ label: `Reconcile ${name}`, name: "reconcile", params: { view: name } },
      words: ["reconcile", name],
    }),
    !raw && action({
      ...{ label: `Repair ${name}`, name: "reconcile", params: { view: name, repair: true } },
      ...{ words: ["reconcile", name, "--repair"], danger: true, done },
    }),
  )

/** Shows the generations of all views, and what can be done about them. */
export const viewsPage = async ({ root, describe, may, isCurrent, onLive }) => {
  const part = h("div")
  const draw = async () => {
    const { views } = await ask("views")
    if (!isCurrent()) return
    put(
      part,
      table(
        "Generations",
        ["view", "#generation", "state", "version", "#rows", "#behind", "#since", "#parked"],
        views.map(({ name, generation, state, version, current, rows, lag, parkedEvents }) => [
          nameCell(name, describe.views.find((each) => each.name === name)?.raw),
          generation,
          state,
          current ? version : `${version} (another program's)`,
          number(rows),
          number(lag?.commits),
          lasted((lag?.seconds ?? 0) * 1_000),
          number(parkedEvents),
        ]),
        "no view is made yet",
      ),
      commandLine("projections"),
      may.act && describe.views.map(({ name, raw }) =>
        h(
          "section",
          {},
          h("h2", {}, name),
          viewActions(name, raw, views.filter((each) => each.name === name), draw),
        )
      ),
    )
  }
  put(root, h("h1", {}, "Views"), part)
  await draw()
  let seen
  onLive(({ views }) => {
    const now = JSON.stringify(views.map(({ lag: _, ...view }) => view))
    const isOpen = document.querySelector("dialog") !== null
    if (seen !== undefined && seen !== now && !isOpen && !part.contains(document.activeElement)) {
      void draw().catch(() => {})
    }
    seen = now
  })
}

const careOf = (may, name, key, done) =>
  may.act
    ? h(
      "div",
      { class: "row" },
      action({
        ...{ label: "Retry", name: "retry", params: { name, key } },
        words: ["retry", name, key],
        done,
      }),
      action({
        ...{ label: "Discard", name: "discard", params: { name, key }, danger: true },
        ...{ words: ["retry", name, key, "--discard"], done },
      }),
    )
    : ""

/** Shows what views and policies have parked, and what is stuck. */
export const parkedPage = async ({ root, may, overview, isCurrent }) => {
  const part = h("div")
  const draw = async () => {
    const { views, policies, leftOut } = await ask("parked")
    if (!isCurrent()) return
    const stuck = overview()?.roles.policies?.stuck ?? []
    put(
      part,
      h("h2", {}, "Views"),
      table(
        "Parked events of views",
        ["view", "key", "position", "event", "why", "since", "care"],
        views.map(({ projection, key, position, type, error, parkedAt }) => [
          link(["row", projection, key], projection),
          short(key),
          flowLink(position),
          type,
          error ?? "waits behind it",
          time(parkedAt),
          error === undefined ? "" : careOf(may, projection, key, draw),
        ]),
        "nothing is parked",
      ),
      h("h2", {}, "Policies"),
      table(
        "Parked work of policies",
        ["policy", "key", "position", "what", "why", "#attempts", "since", "care"],
        policies.map(({ policy, key, position, timer, what, behind, error, attempts, since }) => [
          policy,
          short(key),
          position ? flowLink(position) : `the timer ${timer}`,
          what,
          behind ? "waits behind it" : error,
          attempts ?? "",
          time(since),
          behind ? "" : careOf(may, policy, key, draw),
        ]),
        "nothing is parked",
      ),
      leftOut > 0 && h("p", { class: "soft" }, `${leftOut} more are not listed`),
      h("h2", {}, "Stuck: tried again and again"),
      stuck.length > 0
        ? h("ul", {}, stuck.map((each) => h("li", { class: "wait" }, String(each))))
        : h("p", { class: "soft" }, "no policy is stuck"),
      commandLine("parked"),
    )
  }
  put(root, h("h1", {}, "Parked and stuck"), part)
  await draw()
}

/** Shows the timers that wait. */
export const timersPage = async ({ root, may, isCurrent }) => {
  const part = h("div")
  const draw = async () => {
    try {
      const { timers } = await ask("timers")
      if (!isCurrent()) return
      put(
        part,
        table(
          "Timers",
          ["policy", "key", "when", "asks", "problem", "care"],
          timers.filter(({ policy }) => policy !== undefined).map(
            ({ policy, key, when, asks, problem }) => [
              policy,
              short(key),
              when,
              asks ? [asks.command, " of ", actorLink(asks.actor, asks.id)] : "",
              problem ?? "",
              may.act
                ? action({
                  ...{ label: "Cancel it", name: "cancel", params: { policy, key }, danger: true },
                  ...{ words: ["timers", policy, "--cancel", key], done: draw },
                })
                : "",
            ],
          ),
          "no timer waits",
        ),
        commandLine("timers"),
      )
    } catch (error) {
      put(part, problem(error))
    }
  }
  put(root, h("h1", {}, "Timers"), part)
  await draw()
}
