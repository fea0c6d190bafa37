/** Deposits into accounts under load, the same for every contender. */
import { setTimeout as pause } from "node:timers/promises"
import { type Operation, runLoad } from "../load.ts"
import { serveOrders } from "../worker.ts"

/** Where the deposits go: a new account each, one account for all, or 90 % to 1,000 accounts. */
export type Accounts = "new" | "hot" | "mixed"

/** What to do, and for how long. */
export interface DepositOrder {
  readonly accounts: Accounts
  /** How each id begins, so that no two orders use the same account. */
  readonly prefix: string
  readonly amount: number
  readonly reference: string
  readonly inFlight: number
  readonly warmUpMs: number
  readonly measureMs: number
}

/** The result of an order. */
export interface Measured {
  /** Accepted commands per second. */
  readonly rate: number
  /** The median time until a command was accepted or had failed, in milliseconds. */
  readonly p50Ms: number
  readonly p99Ms: number
  /** The share of commands that failed, from 0 to 1, including those that ended too late. */
  readonly failedShare: number
  /** Why the first one failed. */
  readonly failure?: string
}

/** A connection to a contender. */
export interface Depositor {
  /** Makes one deposit. Rejects when the command failed. */
  readonly deposit: (
    id: string,
    amount: number,
    reference: string,
  ) => Promise<unknown>
  readonly close: () => Promise<void>
}

/** How long the last commands can take before the whole run fails, in milliseconds. */
const GRACE_MS = 30_000

/** Scatters consecutive numbers, in the same way in every run. */
const scattered = (number: number): number => {
  let mixed = Math.imul(number ^ (number >>> 16), 0x45d9f3b)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** The account of a deposit, by the number of the deposit. */
export const idOf = (
  accounts: Accounts,
  prefix: string,
  number: number,
): string => {
  if (accounts === "hot") return `${prefix}-hot`
  if (accounts === "new" || number % 10 === 9) return `${prefix}-new-${number}`
  return `${prefix}-${scattered(number) % 1_000}`
}

/**
 * Keeps deposits in flight, and counts those accepted after the warm-up. A failure counts whenever
 * it happens, because retries end late and would otherwise be left out. Rejects if commands stay
 * unanswered.
 */
export const measureDeposits = async (
  { deposit }: Depositor,
  order: DepositOrder,
): Promise<Measured> => {
  const { accounts, prefix, amount, reference, inFlight, warmUpMs, measureMs } = order
  const begin = performance.now() + warmUpMs
  let accepted = 0
  let failures = 0
  let failure: string | undefined
  const accept = () => {
    const now = performance.now()
    if (now >= begin && now < begin + measureMs) accepted++
  }
  const fail = (error: unknown) => {
    failures++
    failure ??= String(error)
  }
  const operation: Operation = (number, done) => {
    deposit(idOf(accounts, prefix, number), amount, reference).then(accept, fail).then(done)
  }
  const limit = new AbortController()
  const { p50Ms, p99Ms, operations } = await Promise.race([
    runLoad(operation, inFlight, order),
    pause(warmUpMs + measureMs + GRACE_MS, undefined, { signal: limit.signal }).then(() => {
      throw new Error(`deposits had no answer ${GRACE_MS / 1000} s after the last began`)
    }),
  ]).finally(() => limit.abort())
  return {
    rate: Math.round((accepted / measureMs) * 1000),
    p50Ms,
    p99Ms,
    failedShare: failures / Math.max(1, operations),
    ...failure === undefined ? {} : { failure },
  }
}

/**
 * Runs this process as a worker: it connects to the `url` of the first order, and then deposits.
 */
export const serveDeposits = async (
  connect: (url: string) => Promise<Depositor>,
): Promise<void> => {
  let depositor: Depositor | undefined
  await serveOrders(async (order) => {
    if (depositor) {
      return await measureDeposits(depositor, order as unknown as DepositOrder)
    }
    depositor = await connect(String(order.url))
    return { ready: true }
  }, async () => await depositor?.close())
}
