/** What can be chosen about a run of the attacks, read from a command line. */
import { parseArgs } from "node:util"

/** The choices. */
export interface AttackOptions {
  /** The names of the classes to run; all when undefined. */
  readonly only: readonly string[] | undefined
  /** Leaves out what takes long. */
  readonly isShort: boolean
  /** What chance starts from. */
  readonly seed: number
  /** When no more attacks begin, in milliseconds. */
  readonly limitMs: number
}

/** How the command is called. */
export const USAGE = `usage: npm run attack -- [options]
  --only bodies,paths  only these classes
  --short              leaves out what takes long
  --seed 7             what the random attacks are made from
  --seconds 240        when no more attacks begin; 50 in a short run`

/** All is over within five minutes. */
const SECONDS = 240
const SHORT_SECONDS = 50
const LONGEST_SECONDS = 3_600

const names = {
  only: { type: "string" },
  short: { type: "boolean", default: false },
  seed: { type: "string", default: "7" },
  seconds: { type: "string" },
} as const

/** Reads a command line; `known` are the classes. Throws `TypeError` for what cannot be. */
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
