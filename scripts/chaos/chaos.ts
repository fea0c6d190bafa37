/**
 * Chaos: `npm run chaos -- [--seconds 120] [--seed 7] [--only node,nats] [--deeds kill,restart]
 * [--calm] [--json] [--history FILE]`. FILE gets all questions, faults and commits as JSON.
 * With `--app MODULE` it is `leftfold chaos MODULE`, which takes the same options.
 */
import { writeFile } from "node:fs/promises"
import process from "node:process"
import { parseArgs } from "node:util"
import { attempt } from "../../app/development/resource.ts"
import { runUntilSignal } from "../../app/development/run-until-signal.ts"
import { ALL_DEEDS, type Deed, type Target, TARGETS } from "../../app/development/chaos/plan.ts"
import { runProgram } from "../../cli/program.ts"
import { type Run, runChaos } from "./run.ts"
import { FAULTS, isClean } from "./verdict.ts"

/** The most findings of a kind that are printed. */
const SHOWN = 10
const LONGEST_SECONDS = 3_600

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "120" },
    seed: { type: "string", default: "7" },
    only: { type: "string" },
    deeds: { type: "string" },
    calm: { type: "boolean", default: false },
    history: { type: "string" },
    json: { type: "boolean", default: false },
    hurry: { type: "string" },
    app: { type: "string" },
  },
})

const targetsOf = (): readonly Target[] => {
  if (values.calm) return []
  const wanted = values.only?.split(",")
  return TARGETS.filter((target) => wanted === undefined || wanted.includes(target))
}

const deedsOf = (): readonly Deed[] | undefined => {
  const wanted = values.deeds?.split(",")
  return wanted && ALL_DEEDS.filter((deed) => wanted.includes(deed))
}

const print = async ({ summary, verdict, history, injected }: Run): Promise<void> => {
  console.log(JSON.stringify(summary, undefined, values.json ? 0 : 2))
  for (const fault of FAULTS) {
    for (const sentence of verdict[fault].slice(0, SHOWN)) console.error(`${fault}: ${sentence}`)
  }
  if (values.history) await writeFile(values.history, JSON.stringify({ injected, ...history }))
}

const run = attempt(async () => {
  const [seed, seconds] = [Number(values.seed), Number(values.seconds)]
  if (!Number.isSafeInteger(seed) || !(seconds >= 5 && seconds <= LONGEST_SECONDS)) {
    throw new Error(`--seed is a whole number, --seconds are 5 to ${LONGEST_SECONDS}`)
  }
  const report = (what: string) => console.error(`  ${what}`)
  const options = { seed, seconds, targets: targetsOf(), deeds: deedsOf(), report }
  const result = await runChaos(options)
  await print(result)
  return isClean(result.verdict) ? 0 : 1
})

/** The options of `leftfold chaos` among those that were given. */
const forApp = (): string[] => {
  const named = ["seconds", "seed", "only", "deeds", "hurry"] as const
  return [
    ...named.flatMap((name) => values[name] === undefined ? [] : [`--${name}`, values[name]]),
    ...(["calm", "json"] as const).flatMap((name) => values[name] ? [`--${name}`] : []),
  ]
}

if (values.app !== undefined) {
  process.exit(await runProgram(["chaos", values.app, ...forApp()]))
}
await runUntilSignal(run, { interruptedExitCode: 130 })
