/**
 * `npm run attack`: attacks its own shop over HTTP and NATS as strangers might, and reports each
 * case without the required outcome. Exits with 1 when there is such a case.
 */
import process from "node:process"
import { Effect } from "effect"
import { attempt, resource } from "../../app/development/resource.ts"
import { runUntilSignal } from "../../app/development/run-until-signal.ts"
import { ServerError } from "../../app/development/server-error.ts"
import { CLASSES } from "./classes.ts"
import { optionsOf, USAGE } from "./options.ts"
import { reportOf, wrongCount } from "./report.ts"
import { Runner } from "./runner.ts"
import { messageOf } from "../../contracts/internal.ts"

const STOP_LIMIT_MS = 20_000

const run = Effect.gen(function* () {
  const { only, isShort, seed, limitMs } = yield* Effect.try({
    try: () => optionsOf(process.argv.slice(2), CLASSES.map(({ name }) => name)),
    catch: (error) => new ServerError(`${messageOf(error)}\n${USAGE}`),
  })
  const runner = new Runner({
    classes: CLASSES.filter(({ name }) => only === undefined || only.includes(name)),
    seed,
    isShort,
    limitMs,
    report: (line) => process.stderr.write(`  ${line}\n`),
  })
  yield* resource("no attacks", STOP_LIMIT_MS, () => Promise.resolve(runner))
  const results = yield* attempt(() => runner.run())
  process.stdout.write(`${reportOf(results)}\n`)
  return wrongCount(results) === 0 ? 0 : 1
}).pipe(Effect.scoped)

await runUntilSignal(run, { interruptedExitCode: 130 })
