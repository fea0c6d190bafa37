/** What the commands that explain have in common: insight into the servers, and how links read. */
import type { Insight, Link, ShownCommand, ShownEvent } from "../../app/internal.ts"
import { openInsight } from "../../app/internal.ts"
import { isMap } from "../../wire/internal.ts"
import type { Workplace } from "../leftfold.ts"
import { LISTED } from "../limits.ts"

/** Insight into the application of a workplace. */
export const insightOf = async ({ app, wire, feed, store }: Workplace): Promise<Insight> =>
  openInsight(app, await wire(), await feed(), store)

/** A length of time as people read it: `12 ms`, `3.4 s`, `12 min`. */
export const lasted = (ms: number): string => {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`
}

/** An event in short: `OrderPlaced of orders.order o-1 at orders:17, …`. */
export const eventLine = (
  { type, actor, id, position, time }: Omit<ShownEvent, "data">,
): string => `${type} of ${actor} ${id} at ${position}, ${time}`

const AFTER = {
  rejected: ", because what it asked was rejected",
  parked: ", because it gave that up",
} as const

const REPLAYED = ", replayed"

/** A command in short: its name if it is known, and who sent it. */
export const commandLine = ({ id, name, sender, traceparent }: ShownCommand): string => {
  const what = name ?? "a command"
  if (sender.kind === "policy") {
    const timer = sender.occurrence === undefined ? "" : `, by its timer at ${sender.occurrence}`
    const why = `${timer}${sender.after ? AFTER[sender.after] : ""}${sender.again ? REPLAYED : ""}`
    return `${what} ← the policy ${sender.policy}, after ${sender.position}${why}`
  }
  const by = sender.principal === undefined ? "a client" : sender.principal
  const trace = traceparent === undefined ? "" : `, trace ${traceparent.split("-")[1]}`
  return `${what} ← ${by}, command ${id}${trace}`
}

const hasFields = (data: unknown): boolean => !isMap(data) || Object.keys(data).length > 0

const shortened = (data: unknown): string => {
  const text = JSON.stringify(data) ?? ""
  const { whyCharacters } = LISTED
  return text.length > whyCharacters ? `${text.slice(0, whyCharacters)}…` : text
}

/** The lines of a chain, the latest event first, each with its command below. */
export const chainLines = (chain: readonly Link[], broken: string | undefined): string[] => [
  ...chain.flatMap(({ event, command }, depth) => [
    `${"  ".repeat(depth)}${depth === 0 ? "" : "after "}${eventLine(event)}`,
    ...(hasFields(event.data) ? [`${"  ".repeat(depth + 1)}${shortened(event.data)}`] : []),
    `${"  ".repeat(depth + 1)}${commandLine(command)}`,
  ]),
  ...(broken === undefined ? [] : [`the chain ends here: ${broken}`]),
]
