/**
 * Roll: `npm run roll -- [--commands 400] [--crates 24] [--pause 5] [--deadline 15000] [--json]`.
 * Rolls an application to its next release and back by processes, under load, and checks that
 * nothing fails, nothing is lost and nothing is done twice.
 */
import { parseArgs } from "node:util"
import { attempt } from "../../app/development/resource.ts"
import { runUntilSignal } from "../../app/development/run-until-signal.ts"
import { rollOver } from "./roll-over.ts"

const { values } = parseArgs({
  options: {
    commands: { type: "string", default: "400" },
    crates: { type: "string", default: "24" },
    pause: { type: "string", default: "5" },
    deadline: { type: "string", default: "15000" },
    json: { type: "boolean", default: false },
  },
})

const numberOf = (name: "commands" | "crates" | "pause" | "deadline", least: number): number => {
  const number = Number(values[name])
  if (Number.isSafeInteger(number) && number >= least) return number
  throw new Error(`--${name} is a whole number from ${least} on`)
}

const run = attempt(async () => {
  const afterwards: (() => Promise<void>)[] = []
  try {
    const result = await rollOver({ after: (work) => void afterwards.push(work) }, {
      commands: numberOf("commands", 1),
      crates: numberOf("crates", 1),
      pauseMs: numberOf("pause", 0),
      deadlineMs: numberOf("deadline", 1_000),
      report: (what) => console.error(`  ${what}`),
    })
    console.log(JSON.stringify(result, undefined, values.json ? 0 : 2))
    return 0
  } finally {
    for (const work of afterwards.reverse()) await work()
  }
})

await runUntilSignal(run, { interruptedExitCode: 130 })
