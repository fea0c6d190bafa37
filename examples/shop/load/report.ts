/** The result of a load, for a person. */
import type { LoadResult } from "./load.ts"
import type { Life } from "./lives.ts"
import { type Percentiles, percentilesOf } from "./percentiles.ts"

/** The most sentences about wrong books that are shown. */
const SHOWN = 20

const count = (number: number): string => Math.round(number).toLocaleString("en-US")
const money = (cents: number): string =>
  (cents / 100).toLocaleString("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 })
const perSecond = (number: number, ms: number): string => (number * 1_000 / ms).toFixed(1)

const times = ({ p50, p90, p99, most }: Percentiles): string =>
  `p50 ${count(p50)} ms · p90 ${count(p90)} ms · p99 ${count(p99)} ms · longest ${count(most)} ms`

const earliest = (first: number, { placedMs }: Life): number => Math.min(first, placedMs)
const latest = (last: number, { finalMs }: Life): number => Math.max(last, finalMs)

/** For each fate, the states of its orders, such as `completed 7`. */
const outcomes = ({ planned, orders }: LoadResult): string[] => {
  const states = new Map(orders.map(({ id, state }) => [id, state]))
  const counts: Record<string, Record<string, number>> = {}
  for (const { id, fate } of planned) {
    const state = states.get(id) ?? "in no list"
    const ofFate = counts[fate] ??= {}
    ofFate[state] = (ofFate[state] ?? 0) + 1
  }
  return Object.entries(counts).map(([fate, ofFate]) => {
    const shown = Object.entries(ofFate).map(([state, number]) => `${state} ${count(number)}`)
    return `  ${fate.padEnd(15)} ${shown.join(" · ")}`
  })
}

const finals = ({ orders }: LoadResult): string => {
  const states = [...new Set(orders.map(({ state }) => state))].sort()
  const numberOf = (wanted: string) => orders.filter(({ state }) => state === wanted).length
  return states.map((state) => `${state} ${count(numberOf(state))}`).join(" · ")
}

const books = ({ wrong, totals: { money: paid, stock, revenue } }: LoadResult): string[] => {
  if (wrong.length > 0) {
    const more = wrong.length > SHOWN ? [`  and ${count(wrong.length - SHOWN)} more`] : []
    return ["books do NOT balance:", ...wrong.slice(0, SHOWN).map((each) => `  ${each}`), ...more]
  }
  return [
    "books balance",
    `  money           ${money(paid.taken)} taken - ${money(paid.refunded)} refunded = ` +
    `${money(revenue)} of completed orders`,
    `  stock           ${count(stock.received)} received = ${count(stock.onHand)} on hand + ` +
    `${count(stock.reserved)} reserved + ${count(stock.shipped)} shipped`,
  ]
}

/** The report, in several lines. */
export const reportOf = (result: LoadResult): string => {
  const { options, answersMs, placingMs, lives, kills } = result
  const tookMs = Math.max(lives.reduce(latest, -Infinity) - lives.reduce(earliest, Infinity), 1)
  const lines = [
    "",
    `orders placed     ${count(answersMs.length)}, ${perSecond(answersMs.length, placingMs)} ` +
    `a second (asked for: ${options.rate})`,
    `orders final      ${count(lives.length)}, ${perSecond(lives.length, tookMs)} a second`,
    `order answered    ${times(percentilesOf(answersMs))}`,
    `placed to final   ${times(percentilesOf(lives.map((life) => life.finalMs - life.placedMs)))}`,
    ...kills > 0 ? [`processes killed  ${count(kills)}`] : [],
    `outcomes          ${finals(result)}`,
    ...outcomes(result),
    ...books(result),
  ]
  return `${lines.join("\n")}\n`
}
