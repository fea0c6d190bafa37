/**
 * `npm run shop:load`: places orders in a running shop, or in one of its own whose processes it
 * kills, and checks the books at the end.
 */
import process from "node:process"
import { Effect } from "effect"
import { attempt, resource } from "../../../app/development/resource.ts"
import { runUntilSignal } from "../../../app/development/run-until-signal.ts"
import { ServerError } from "../../../app/development/server-error.ts"
import { createSteps, standardOutput } from "../../../app/development/steps.ts"
import { startKiller } from "./killer.ts"
import { runLoad } from "./load.ts"
import { type LoadOptions, optionsOf, USAGE } from "./options.ts"
import { startOwnShop } from "./own-shop.ts"
import { reportOf } from "./report.ts"
import { messageOf } from "../../../contracts/internal.ts"

const STOP_LIMIT_MS = 12_000
/** The longest load: one that hangs must not hang its caller. */
const LONGEST = "2 hours"

/** A shop of the load's own with its killer; undefined if the shop runs elsewhere. */
const ownShop = ({ killEveryMs }: LoadOptions) =>
  Effect.gen(function* () {
    if (killEveryMs === undefined) return {}
    const { url, parts } = yield* resource(
      "the shop did not start",
      STOP_LIMIT_MS,
      (signal) => createSteps(standardOutput).run("a shop of its own", () => startOwnShop(signal)),
    )
    return { url, killer: startKiller(parts, killEveryMs) }
  })

const run = Effect.gen(function* () {
  const options = yield* Effect.try({
    try: () => optionsOf(process.argv.slice(2), process.env),
    catch: (error) => new ServerError(`${messageOf(error)}\n${USAGE}`),
  })
  const { url = options.url, killer } = yield* ownShop(options)
  const result = yield* attempt(() => runLoad({ ...options, url }, standardOutput, killer))
  standardOutput.write(reportOf(result))
  return result.wrong.length === 0 ? 0 : 1
}).pipe(
  Effect.scoped,
  Effect.timeoutOrElse({
    duration: LONGEST,
    orElse: () => Effect.fail(new ServerError(`the load was ended after ${LONGEST}`)),
  }),
)

await runUntilSignal(run, { interruptedExitCode: 130 })
