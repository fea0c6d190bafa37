/** What can be chosen about a load, read from a command line. */
import { parseArgs } from "node:util"
import type { Shares } from "./mix.ts"

/** The choices. */
export interface LoadOptions {
  /** The shop's gateway, without a slash at the end. */
  readonly url: string
  /** How many orders are placed. */
  readonly orders: number
  /** How many orders are placed in a second. */
  readonly rate: number
  readonly shares: Shares
  /** How long the views may take to show what became of the last order, in milliseconds. */
  readonly patienceMs: number
}

/** How the command is called. */
export const USAGE = `usage: npm run shop:load -- [options]
  --orders 1000        how many orders are placed
  --rate 100           how many of them in a second
  --url http://…       the shop's gateway; http://127.0.0.1:8080
  --declined 10        percent of the orders whose payment is declined
  --short 10           percent that ask for something that is not in stock
  --cancelled 5        percent that the customer cancels soon after
  --undelivered 5      percent whose address cannot be found
  --patience 30        seconds until books that do not balance are taken for wrong`

const names = {
  orders: { type: "string", default: "1000" },
  rate: { type: "string", default: "100" },
  url: { type: "string", default: "http://127.0.0.1:8080" },
  declined: { type: "string", default: "10" },
  short: { type: "string", default: "10" },
  cancelled: { type: "string", default: "5" },
  undelivered: { type: "string", default: "5" },
  patience: { type: "string", default: "30" },
} as const

const whole = (name: string, text: string, least: number, most: number): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && number <= most) return number
  throw new TypeError(`--${name} is a whole number from ${least} to ${most}, not "${text}"`)
}

/** Reads a command line. Throws `TypeError` for what cannot be. */
export const optionsOf = (args: readonly string[]): LoadOptions => {
  const { values } = parseArgs({ args: [...args], options: names })
  const percent = (name: keyof Shares) => whole(name, values[name], 0, 100)
  const shares = {
    declined: percent("declined"),
    short: percent("short"),
    cancelled: percent("cancelled"),
    undelivered: percent("undelivered"),
  }
  const sum = Object.values(shares).reduce((total, each) => total + each, 0)
  if (sum > 100) throw new TypeError(`the shares add up to ${sum} percent, and 100 is all there is`)
  if (!/^https?:\/\//.test(values.url) || !URL.canParse(values.url)) {
    throw new TypeError(`--url is an address such as http://127.0.0.1:8080, not "${values.url}"`)
  }
  return {
    url: values.url.replace(/\/+$/, ""),
    orders: whole("orders", values.orders, 1, 1_000_000),
    rate: whole("rate", values.rate, 1, 10_000),
    shares,
    patienceMs: whole("patience", values.patience, 0, 3_600) * 1_000,
  }
}
