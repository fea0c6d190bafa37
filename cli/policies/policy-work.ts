/** The parked work of policies, as the command line lists it and has it taken up again. */
import { setTimeout as rest } from "node:timers/promises"
import {
  natsParking,
  natsTimers,
  parkedKey,
  type ParkedPlace,
  type ParkedWork,
  placeText,
  retryTimer,
} from "../../actors/internal.ts"
import { contextOf } from "../../contracts/internal.ts"
import type { Workplace } from "../leftfold.ts"
import { LISTED, RETRY } from "../limits.ts"
import { printJson, printLine, printTable } from "../print.ts"
import { Problem } from "../problem.ts"

/**
 * The policy that a name means, by the first name that it had, under which its work is kept. Also
 * one that only parked work remembers; else undefined.
 */
export const policyNamed = (
  { policies }: Workplace["app"],
  name: string,
  places: readonly ParkedPlace[] = [],
): string | undefined => {
  const names = [...new Set([...policies, ...places.map(({ policy }) => ({ name: policy }))])]
    .map((each) => each.name)
  const found = [...new Set(names)].filter((each) =>
    each === name || each.slice(each.indexOf(".") + 1) === name
  )
  const meant = found.find((each) => each === name) ?? (found.length === 1 ? found[0] : undefined)
  return policies.find((each) => each.name === meant)?.identity ?? meant
}

/** The places of all parked work of the application's policies. */
export const parkedPlaces = async (place: Workplace): Promise<readonly ParkedPlace[]> => {
  const parking = natsParking(await place.wire())
  const found: ParkedPlace[] = []
  for (const context of place.app.contexts) found.push(...await parking.places(context))
  return found
}

/** Orders places by their keys, and by their order within a key. */
const byKey = (one: ParkedPlace, other: ParkedPlace): number => {
  const [key, otherKey] = [parkedKey(one), parkedKey(other)]
  return key < otherKey ? -1 : key > otherKey ? 1 : one.at - other.at
}

/** The parked work of one policy, or of all, as much as is listed, and how much is left out. */
export const worksOf = async (
  place: Workplace,
  policy?: string,
): Promise<{ readonly works: readonly ParkedWork[]; readonly leftOut: number }> => {
  const parking = natsParking(await place.wire())
  const places = (await parkedPlaces(place))
    .filter((each) => policy === undefined || each.policy === policy)
    .toSorted(byKey)
  const works: ParkedWork[] = []
  for (const each of places.slice(0, LISTED.works)) {
    const work = await parking.read(each)
    if (work) works.push(work)
  }
  return { works, leftOut: Math.max(0, places.length - LISTED.works) }
}

/** Prints parked work as JSON values. */
export const worksJson = (works: readonly ParkedWork[]): readonly unknown[] =>
  works.map(({ sinceMs, parkedMs, done: _, ask, ...work }) => ({
    policy: work.policy,
    key: parkedKey(work),
    ...(work.kind === "event" ? { position: placeText(work) } : { timer: work.of }),
    what: work.what,
    ...(work.behind ? { behind: true } : { error: work.reason, attempts: work.attempts }),
    since: new Date(sinceMs).toISOString(),
    parkedAt: new Date(parkedMs).toISOString(),
    ...(ask === undefined ? {} : { ask }),
  }))

/** Prints parked work as a table, with advice. */
export const printWorks = (works: readonly ParkedWork[], leftOut: number): void => {
  if (works.length === 0) return
  const head = ["POLICY", "KEY", "POSITION", "WHAT", "SINCE", "ATTEMPTS", "WHY"]
  printTable(
    head,
    works.map((work) => [
      work.policy,
      parkedKey(work),
      work.kind === "event" ? placeText(work) : "(a timer)",
      work.what,
      new Date(work.sinceMs).toISOString(),
      work.attempts,
      work.behind
        ? "waits behind it"
        : work.reason.split("\n")[0]?.slice(0, LISTED.whyCharacters) ?? "",
    ]),
  )
  if (leftOut > 0) printLine(`parked and not listed here: ${leftOut} more of policies`)
  printLine(
    "correct the policy, or what it asks, start it, then leftfold retry POLICY KEY; or discard " +
      "the first of a key with leftfold retry POLICY KEY --discard",
  )
}

/** What to take up of a policy. */
export interface PolicyRetry {
  readonly policy: string
  /** A key as `leftfold parked` shows it; without one, all keys. */
  readonly key: string | undefined
  /** The operator who discards the first of each key. */
  readonly discardedBy: string | undefined
}

/** Takes what came of one key. */
export type ToldOfKey = (
  key: string,
  freed: number,
  parked: number,
  error: string | undefined,
) => void

/** Asks the process that runs the policy to take up parked work, and waits for it. */
export const retryWorks = async (
  place: Workplace,
  { policy, key, discardedBy }: PolicyRetry,
  told: ToldOfKey,
): Promise<number> => {
  const wire = await place.wire()
  const [parking, timers] = [natsParking(wire), natsTimers(wire)]
  const context = contextOf(policy)
  const ofPolicy = async () =>
    (await parking.places(context)).filter((each) => each.policy === policy)
  const before = (await ofPolicy()).filter((each) => key === undefined || parkedKey(each) === key)
  if (before.length === 0 && key !== undefined) {
    const message = `nothing of ${policy} is parked under "${key}": leftfold parked ${policy}`
    throw new Problem({ message })
  }
  let left = 0
  for (const of of new Set(before.map((each) => each.of))) {
    const [first] = before.filter((each) => each.of === of)
    const parked = before.filter((each) => each.of === of).length
    const by = discardedBy === undefined ? {} : { discardedBy }
    const timer = retryTimer(policy, { kind: first!.kind, of, ...by })
    await timers.set(timer)
    await taken(context, () => timers.isPending(policy, timer.key))
    const now = (await ofPolicy()).filter((each) => each.of === of)
    const reason = now[0] && (await parking.read(now[0]))?.reason
    left += now.length
    told(parkedKey(first!), Math.max(0, parked - now.length), now.length, reason)
  }
  return left > 0 ? 1 : 0
}

/** The same, printed. */
export const retryPolicy = (
  place: Workplace,
  retry: PolicyRetry & { readonly json: boolean },
): Promise<number> => retryWorks(place, retry, (...came) => tell(retry, ...came))

/** Waits until a process has carried out a request. */
export const taken = async (
  context: string,
  isPending: () => Promise<boolean>,
  withinMs: number = RETRY.withinMs,
): Promise<void> => {
  const end = Date.now() + withinMs
  while (await isPending()) {
    if (Date.now() > end) {
      throw new Problem({
        message: `nobody has done it within ${withinMs / 1_000} s: is a process with the ` +
          `role policies running for ${context}? It will be done when one runs`,
      })
    }
    await rest(RETRY.lookMs)
  }
}

const tell = (
  { policy, discardedBy, json }: PolicyRetry & { readonly json: boolean },
  key: string,
  freed: number,
  parked: number,
  error: string | undefined,
): void => {
  if (json) return printJson({ name: policy, key, freed, parked, error })
  const discarded = discardedBy === undefined ? "" : ", one of them discarded"
  printLine(`${key}: ${freed} no longer parked${discarded}`)
  if (parked > 0) printLine(`${parked} still parked: ${error}`)
}
