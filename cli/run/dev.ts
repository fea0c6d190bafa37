/** `leftfold dev`: runs an application with its servers, and again whenever a file changes. */
import process from "node:process"
import { Effect } from "effect"
import { Command } from "effect/cli"
import { develop } from "../../app/internal.ts"
import { reportInfo } from "../../wire/internal.ts"
import { packageOf } from "../module/find-module.ts"
import { flag } from "../leftfold.ts"
import { chooseLog, log, module, moduleOf, withLog } from "./options.ts"

const fresh = flag("fresh", "remove the data of earlier runs first")

const program = new URL("./develop-app.ts", import.meta.url)

/** The command. */
export const devCommand = Command.make(
  "dev",
  { module, fresh, log },
  ({ module, fresh, log }) =>
    Effect.gen(function* () {
      const path = yield* moduleOf(module)
      const format = withLog(process.env, log, "pretty")
      chooseLog(format.LEFTFOLD_LOG_FORMAT ?? "")
      yield* Effect.tryPromise({
        try: async () => {
          const folder = await packageOf(path)
          const environment = { ...format, LEFTFOLD_DEVELOPED: path }
          await develop({ module: path, folder, program, environment, fresh, say: reportInfo })
        },
        catch: (error) => error,
      })
    }),
).pipe(
  Command.withDescription(
    "Runs an application with a nats-server and a Postgres until Ctrl-C, and starts it again " +
      "when a file changes. Their data is kept in .leftfold.",
  ),
)
