/** The same deposits through us and through the TypeScript peers, in turn, on one machine. */
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { REFERENCE } from "./account.ts"
import { type Contender, CONTENDERS } from "./peers/contenders.ts"
import type { Accounts, DepositOrder, Measured } from "./peers/deposits.ts"
import { installPeers } from "./peers/install.ts"
import { withScope } from "./peers/scope.ts"
import { jsonOf, standingsOf, tableOf } from "./peers/standings.ts"
import type { Figure } from "./record.ts"

/** How to run. */
export interface PeersOptions {
  /** Prints one JSON object per line instead of a table. */
  readonly json?: boolean
  /** One round of 1 s each, unless `rounds` or `seconds` say otherwise. */
  readonly quick?: boolean
  /** How many rounds; the medians are reported. Default: 3. */
  readonly rounds?: number
  /** How long each case is measured, after a warm-up of a third of that, in seconds. Default: 3. */
  readonly seconds?: number
}

const IN_FLIGHT = 256

const CASES: Readonly<Record<string, Accounts>> = {
  [`new ids, ${IN_FLIGHT} in flight`]: "new",
  [`90 % on 1,000 ids, ${IN_FLIGHT} in flight`]: "mixed",
  [`one hot aggregate, ${IN_FLIGHT} in flight`]: "hot",
}

/** Runs every case on freshly started contenders, and returns the results by case. */
const round = (
  contender: Contender,
  measureMs: number,
): Promise<Map<string, Measured>> =>
  withScope(async (scope) => {
    const deposits = await contender.start(scope)
    const results = new Map<string, Measured>()
    for (const [name, accounts] of Object.entries(CASES)) {
      const order: DepositOrder = {
        accounts,
        prefix: accounts,
        amount: 1,
        reference: REFERENCE,
        inFlight: IN_FLIGHT,
        warmUpMs: measureMs / 3,
        measureMs,
      }
      results.set(name, await deposits(order))
    }
    return results
  })

/**
 * Measures every contender in every case, and prints and answers the results. Installs the peers
 * for that, and stops everything at the end. Throws if something cannot be started.
 */
export const runPeers = async (options: PeersOptions = {}): Promise<readonly Figure[]> => {
  const { json = false, quick = false } = options
  const { rounds = quick ? 1 : 3, seconds = quick ? 1 : 3 } = options
  await installPeers()
  const results = new Map<Contender, Map<string, Measured>[]>()
  for (let number = 1; number <= rounds; number++) {
    for (const contender of CONTENDERS) {
      console.error(`  round ${number} of ${rounds}: ${contender.name}`)
      const result = await round(contender, seconds * 1_000)
      results.set(contender, [...results.get(contender) ?? [], result])
    }
  }
  const standings = standingsOf(
    Object.keys(CASES).flatMap((name) =>
      CONTENDERS.map((contender) => ({
        case: name,
        contender,
        rounds: (results.get(contender) ?? []).flatMap((result) => result.get(name) ?? []),
      }))
    ),
  )
  for (const { name, failure } of standings) {
    if (failure) console.error(`  ${name}: ${failure}`)
  }
  console.log(json ? standings.map(jsonOf).join("\n") : tableOf(standings))
  return standings.map((standing) => JSON.parse(jsonOf(standing)))
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      json: { type: "boolean", default: false },
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
    },
  })
  const { json, quick, rounds, seconds } = values
  await runPeers({
    json,
    quick,
    ...rounds ? { rounds: Number(rounds) } : {},
    ...seconds ? { seconds: Number(seconds) } : {},
  })
}
