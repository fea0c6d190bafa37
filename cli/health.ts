/** `leftfold health`: the health of an application's roles, as they report it, and its storage. */
import { Command } from "effect/cli"
import { askRoles, storageHealth, totalHealth } from "../app/internal.ts"
import { type Health, statusOf } from "../wire/internal.ts"
import type { GenerationHealth } from "../projections/internal.ts"
import { LISTED } from "./limits.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printTable } from "./print.ts"

const WITHIN_MS = 2_000

const REASONS: { readonly [reason: string]: string } = {
  "no-responders": "no process with this role is running",
  timeout: "it does not answer",
}

const detailsOf = ({ ready: _, degraded: _degraded, reason, ...details }: Health): string => {
  if (typeof reason === "string") return REASONS[reason] ?? reason
  return Object.entries(details)
    .filter(([, value]) => typeof value !== "object")
    .map(([detail, value]) => `${detail} ${value}`).join(", ")
}

/** The parts that no process answers for while other parts are answered, as `name: reason`. */
const unservedOf = ({ reason, unserved }: Health): string[] =>
  (reason === undefined && Array.isArray(unserved) ? unserved : []).map((each: string) => {
    const [name = "", why = ""] = each.split(": ")
    return `${name}: ${REASONS[why] ?? why}`
  })

const buildingText = ({ generation, version, lag }: GenerationHealth): string =>
  `generation ${generation} of version ${version} is being built, ${counted(lag, "commit")} behind`

const sinceText = (since?: string): string => since === undefined ? "" : ` (since ${since})`

const unreadableText = (count: number): string =>
  `${counted(count, "message")} of the log cannot be read: leftfold parked`

/** Messages that the policies pass over because nobody can read them. */
const held = ({ unreadable }: Health): string[] =>
  Array.isArray(unreadable) ? unreadable.map(String) : []

/** How many entries a role has left out of its lists to keep the answer short. */
const leftOutOf = ({ leftOut }: Health): string[] =>
  typeof leftOut !== "object" || leftOut === null
    ? []
    : Object.entries(leftOut).map(([list, count]) => `${count} more ${list} are not listed`)

/** The details as one text. A table shows a limited number; the rest is counted. */
const listedText = (details: readonly string[]): string => {
  const told = details.filter((text) => text !== "")
  const more = told.length - LISTED.details
  const rest = more > 0 ? [`${more} more are not listed: leftfold health --json`] : []
  return [...told.slice(0, LISTED.details), ...rest].join("; ")
}

/** What is wrong with each projection, or not finished. */
const complaints = ({ projections }: Health): string[] =>
  (Array.isArray(projections) ? projections : []).flatMap((each) => [
    ...(each.failure ? [`${each.name}: ${each.failure}${sinceText(each.heldUpSince)}`] : []),
    ...(each.unfolded ? [`${each.name}: ${each.unfolded}`] : []),
    ...(each.stalled ? [`${each.name}: stands still, ${each.stalled}`] : []),
    ...(each.refused ? [`${each.name}: ${each.refused}`] : []),
    ...(each.building ? [`${each.name}: ${buildingText(each.building)}`] : []),
    ...(each.unreadable > 0 ? [`${each.name}: ${unreadableText(each.unreadable)}`] : []),
    ...(each.parkedKeys > 0 ? [`${each.name}: ${each.parkedKeys} keys parked`] : []),
    ...(each.ready || each.failure || each.unfolded || each.stalled
      ? []
      : [`${each.name}: has not caught up`]),
  ])

const textsOf = (value: unknown): string[] => Array.isArray(value) ? value.map(String) : []

/** How many of the events that hold up policies are named. */
const STUCK_SHOWN = 3

/** What a role reports as wrong, and what it warns of. */
const troublesOf = ({ troubles, warnings, waiting, stuck, slow, parked }: Health): string[] => [
  ...textsOf(troubles),
  ...textsOf(waiting).slice(0, STUCK_SHOWN).map((text) => `waits: ${text}`),
  ...textsOf(stuck).slice(0, STUCK_SHOWN).map((text) => `held up: ${text}`),
  ...textsOf(slow).slice(0, STUCK_SHOWN).map((text) => `slow: ${text}`),
  ...textsOf(parked).slice(0, STUCK_SHOWN).map((text) => `parked: ${text}`),
  ...textsOf(warnings).map((text) => `warning: ${text}`),
]

const show = async (
  { app, wire, monitorUrls }: Workplace,
  { json: asJson, strict: isStrict }: { readonly json: boolean; readonly strict: boolean },
): Promise<number> => {
  const connected = await wire()
  const [roles, storage] = await Promise.all([
    askRoles(app, connected, WITHIN_MS),
    storageHealth(connected, app.contexts, monitorUrls),
  ])
  const found = { ...roles, storage }
  const total = totalHealth(found)
  if (asJson) printJson(total)
  else {
    printTable(
      ["ROLE", "STATUS", "DETAILS"],
      Object.entries(found).map(([role, health]) => [
        role,
        statusOf(health),
        listedText([
          detailsOf(health),
          ...leftOutOf(health),
          ...unservedOf(health),
          ...troublesOf(health),
          ...held(health),
          ...complaints(health),
        ]),
      ]),
    )
  }
  return total.status === "broken" || (isStrict && !total.ready) ? 1 : 0
}

const strict = flag("strict", "exits with 1 also if something is degraded")

/** The command. */
export const healthCommand = Command.make(
  "health",
  { json, strict },
  (input) => atWork((place) => show(place, input)),
).pipe(
  Command.withDescription(
    "Asks every role how it is, and NATS how its storage is: ready, degraded or broken. Exits " +
      "with 1 if anything is broken.",
  ),
)
