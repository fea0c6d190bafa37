/** `leftfold start`: runs an application, as in production. */
import { readFile } from "node:fs/promises"
import process from "node:process"
import { parseEnv } from "node:util"
import { Effect, Option } from "effect"
import { Command, Flag } from "effect/cli"
import { runApplication, type Variables } from "../../app/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import { loadModule } from "../module/load-module.ts"
import { endWith } from "../exit-code.ts"
import { Problem } from "../problem.ts"
import { log, module, moduleOf, withLog } from "./options.ts"

const roles = Flag.String("roles").pipe(
  Flag.withDescription("the roles of this process, separated by commas; ROLES, or all by default"),
  Flag.optional,
)

const contexts = Flag.String("contexts").pipe(
  Flag.withDescription("its bounded contexts, separated by commas; CONTEXTS, or all by default"),
  Flag.optional,
)

const envFile = Flag.String("env-file").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription("a file of settings, a line each: NAME=value; the environment overrides it"),
  Flag.optional,
)

const settingsIn = async (path: string | undefined): Promise<Variables> => {
  if (path === undefined) return {}
  try {
    return parseEnv(await readFile(path, "utf8")) as Variables
  } catch (error) {
    throw new Problem({ message: `the settings in ${path} cannot be read: ${messageOf(error)}` })
  }
}

/** An empty variable counts as one that is not set. */
const filled = (variables: Variables): Variables =>
  Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""))

/** The command. */
export const startCommand = Command.make(
  "start",
  { module, roles, contexts, envFile, log },
  ({ module, roles, contexts, envFile, log }) =>
    Effect.gen(function* () {
      const path = yield* moduleOf(module)
      const code = yield* Effect.tryPromise({
        try: async () => {
          const inFile = await settingsIn(Option.getOrUndefined(envFile))
          const settings = { ...inFile, ...filled(process.env) }
          const app = await loadModule(path)
          return await runApplication(app, () => ({
            ...settings,
            ROLES: Option.getOrUndefined(roles) ?? settings.ROLES,
            CONTEXTS: Option.getOrUndefined(contexts) ?? settings.CONTEXTS,
            ...withLog(settings, log, "plain"),
          }))
        },
        catch: (error) => error,
      })
      yield* endWith(code)
    }),
).pipe(
  Command.withDescription(
    "Runs an application until a signal comes. Its settings come from the environment: " +
      "NATS_URL, DATABASE_URL, PORT and others.",
  ),
)
