/** The options of a run of the attacks, read from a command line. */
import { parseArgs } from "node:util"

/** The options. */
export interface AttackOptions {
  /** The names of the classes to run; all when undefined. */
  readonly only: readonly string[] | undefined
  /** Whether slow attacks are left out. */
  readonly isShort: boolean
  /** The seed of the random numbers. */
  readonly seed: number
  /** The time after which no attack begins, in milliseconds. */
  readonly limitMs: number
}

/** The help text of the command. */
export const USAGE = `usage: npm run attack -- [options]
  --only bodies,paths  only these classes
  --short              leaves out what takes long
  --seed 7             what the random attacks are made from
  --seconds 240        when no more attacks begin; 50 in a short run`

/** The default limit. The whole run then ends within five minutes. */
const SECONDS = 240
const SHORT_SECONDS = 50
const LONGEST_SECONDS = 3_600

const names = {
  only: { type: "string" },
  short: { type: "boolean", default: false },
  seed: { type: "string", default: "7" },
  seconds: { type: "string" },
} as const

/** Reads a command line. `known` are the names of classes. Throws `TypeError` for a bad option. */
export const optionsOf = (args: readonly string[], known: readonly string[]): AttackOptions => {
  const { values } = parseArgs({ args: [...args], options: names })
  const only = values.only?.split(",")
  const unknown = only?.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`there is no class ${unknown}; there are: ${known.join(", ")}`)
  }
  const seed = Number(values.seed)
  if (!Number.isSafeInteger(seed) || seed < 0) {
    throw new TypeError(`--seed is a whole number from 0, not "${values.seed}"`)
  }
  const seconds = Number(values.seconds ?? (values.short ? SHORT_SECONDS : SECONDS))
  if (!(seconds >= 1 && seconds <= LONGEST_SECONDS)) {
    throw new TypeError(`--seconds are 1 to ${LONGEST_SECONDS}, not "${values.seconds}"`)
  }
  return { only, isShort: values.short, seed, limitMs: seconds * 1_000 }
}
