/** A flow: what came of a command, as a tree in time, and what is still to come. */
import { ask } from "./api.js"
import { h, put } from "./dom.js"
import {
  actorLink,
  address,
  commandLine,
  flowLink,
  lasted,
  refused,
  sentBy,
  short,
  time,
} from "./parts.js"

const step = ({ command, actor, id, afterMs, events, then, waiting, time: at }) =>
  h(
    "li",
    {},
    afterMs === undefined ? time(at) : h("b", {}, `+${lasted(afterMs)}`),
    " ",
    actorLink(actor, id),
    ": ",
    sentBy(command),
    events.map(({ type, data, position, version }) =>
      h(
        "div",
        {},
        h("b", {}, type),
        " ",
        h("span", { class: "soft" }, short(data, 300)),
        " at ",
        flowLink(position),
        ", ",
        actorLink(actor, id, version),
      )
    ),
    then.length > 0 && h("ol", {}, then.map(step)),
    waiting.map(({ policy, asks, when }) =>
      h(
        "div",
        { class: "wait" },
        `waits until ${when}: ${asks.command} of `,
        actorLink(asks.actor, asks.id),
        ` ← ${policy}`,
      )
    ),
  )

/** Shows a flow. */
export const flowPage = async ({ root, path: [of], isCurrent, onLive }) => {
  const input = h("input", { id: "of", value: of ?? "", size: 40, autocomplete: "off" })
  const submit = (event) => {
    event.preventDefault()
    location.hash = address(["flow", input.value.trim()])
  }
  const part = h("div")
  put(
    root,
    h("h1", {}, of ? `What came of ${of}` : "Flows"),
    h(
      "form",
      { class: "row", onsubmit: submit },
      h("label", {}, "A position, or the id of a command", input),
      h("button", { type: "submit" }, "Show"),
    ),
    part,
  )
  if (!of) return
  let seen
  const show = async (scan) => {
    try {
      const found = await ask("flow", { of, scan })
      if (!isCurrent()) return
      const text = JSON.stringify(found)
      if (text === seen) return
      seen = text
      put(
        part,
        h("ol", { class: "flow" }, found.steps.map(step)),
        h(
          "p",
          { class: "soft" },
          `${found.commands} commands in ${lasted(found.tookMs)}, correlation `,
          flowLink(found.correlation),
          found.leftOut > 0 ? `; ${found.leftOut} more events are not shown` : "",
        ),
        commandLine("flow", of, ...(scan ? ["--scan"] : [])),
      )
    } catch (error) {
      if (isCurrent()) put(part, refused(error, () => show(true)))
    }
  }
  await show(false)
  let positions
  onLive(({ logs }) => {
    const now = logs.map(({ last }) => last).join()
    if (positions !== undefined && positions !== now && !part.contains(document.activeElement)) {
      void show(false)
    }
    positions = now
  })
}
