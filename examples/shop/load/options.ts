/** The options of a load, read from a command line. */
import { parseArgs } from "node:util"
import type { Shares } from "./mix.ts"

/** The options. */
export interface LoadOptions {
  /** The shop's gateway, without a slash at the end. */
  readonly url: string
  /** The token of somebody who is staff there; undefined for the name that `npm start` takes. */
  readonly token: string | undefined
  /** How many orders are placed. */
  readonly orders: number
  /** How many orders are placed in a second. */
  readonly rate: number
  readonly shares: Shares
  /** How long the views can take to show how the last order ended, in milliseconds. */
  readonly patienceMs: number
  /**
   * How often a node and a worker are killed, in milliseconds. The load then runs a shop of its
   * own. Undefined to kill nothing.
   */
  readonly killEveryMs: number | undefined
}

/** The usage text of the command. */
export const USAGE = `usage: npm run shop:load -- [options]
  --orders 1000        how many orders are placed
  --rate 100           how many of them in a second
  --url http://…       the shop's gateway; by default SHOP, or http://127.0.0.1 and PORT, or 8080
  --token …            the token of somebody who is staff there; by default SHOP_TOKEN, or the name
                       "staff", which is enough where the shop has no issuer
  --declined 10        percent of the orders whose payment is declined
  --short 10           percent that ask for something that is not in stock
  --cancelled 5        percent that the customer cancels soon after
  --undelivered 5      percent whose address cannot be found
  --patience 30        seconds until books that do not balance are taken for wrong
  --kill 10            starts a shop of its own instead, and kills one of its nodes and one of its
                       workers every so many seconds`

const names = {
  orders: { type: "string", default: "1000" },
  rate: { type: "string", default: "100" },
  url: { type: "string" },
  token: { type: "string" },
  declined: { type: "string", default: "10" },
  short: { type: "string", default: "10" },
  cancelled: { type: "string", default: "5" },
  undelivered: { type: "string", default: "5" },
  patience: { type: "string", default: "30" },
  kill: { type: "string" },
} as const

const whole = (name: string, text: string, least: number, most: number): number => {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && number <= most) return number
  throw new TypeError(`--${name} is a whole number from ${least} to ${most}, not "${text}"`)
}

/** The variables that say where the shop is. */
export interface ShopVariables {
  /** The address of the gateway, as the tutorial sets it. */
  readonly SHOP?: string | undefined
  /** The token of somebody who is staff. */
  readonly SHOP_TOKEN?: string | undefined
  /** The port of a gateway on this machine, as `npm start` reads it. */
  readonly PORT?: string | undefined
}

const addressIn = (name: string, url: string): string => {
  if (/^https?:\/\//.test(url) && URL.canParse(url)) return url.replace(/\/+$/, "")
  throw new TypeError(`${name} is an address such as http://127.0.0.1:8080, not "${url}"`)
}

const addressOf = (
  { url, kill }: { readonly url?: string; readonly kill?: string },
  { SHOP, PORT }: ShopVariables,
): string => {
  if (url !== undefined && kill !== undefined) {
    throw new TypeError("--kill is for a shop of its own: leave out --url")
  }
  if (url !== undefined) return addressIn("--url", url)
  return SHOP ? addressIn("SHOP", SHOP) : addressIn("PORT", `http://127.0.0.1:${PORT || 8080}`)
}

const tokenOf = (token: string | undefined): string | undefined => {
  if (token === undefined || /^[A-Za-z0-9_.~+/=:-]+$/.test(token)) return token
  throw new TypeError("--token is what stands behind Bearer, without spaces")
}

/** Reads a command line. Throws `TypeError` for an illegal one. */
export const optionsOf = (
  args: readonly string[],
  variables: ShopVariables = {},
): LoadOptions => {
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
  return {
    url: addressOf(values, variables),
    token: values.kill === undefined
      ? tokenOf(values.token ?? (variables.SHOP_TOKEN || undefined))
      : undefined,
    orders: whole("orders", values.orders, 1, 1_000_000),
    rate: whole("rate", values.rate, 1, 10_000),
    shares,
    patienceMs: whole("patience", values.patience, 0, 3_600) * 1_000,
    killEveryMs: values.kill === undefined ? undefined : whole("kill", values.kill, 1, 600) * 1_000,
  }
}
