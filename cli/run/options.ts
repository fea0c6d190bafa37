/** What `leftfold start` and `leftfold dev` share: their module, and the format of their log. */
import process from "node:process"
import { Effect, Option } from "effect"
import { Argument, Flag } from "effect/cli"
import { chooseLogFormat, LOG_FORMATS, type LogFormat } from "../../wire/internal.ts"
import { hasColors } from "../../app/internal.ts"
import { findModule } from "../module/find-module.ts"
import { leftfold } from "../leftfold.ts"

/** The module that exports the application. */
export const module = Argument.String("MODULE").pipe(
  Argument.withDescription("the module that exports the application, such as src/main.ts"),
  Argument.optional,
)

/** The format of the log. */
export const log = Flag.Literals("log", LOG_FORMATS).pipe(
  Flag.withDescription("how the lines of the log look; pretty is for people, json for programs"),
  Flag.optional,
)

/** The real path of the module that the argument or the flag `--app` names. */
export const moduleOf = (given: Option.Option<string>) =>
  Effect.gen(function* () {
    const { app } = yield* leftfold
    const named = Option.getOrUndefined(Option.orElse(given, () => app))
    return yield* Effect.tryPromise({
      try: () => findModule(named),
      catch: (error) => error,
    })
  })

/** The environment with this format of the log, for this process or another. */
export const withLog = (
  environment: NodeJS.ProcessEnv,
  given: Option.Option<LogFormat>,
  fallback: LogFormat,
): Record<string, string> => {
  const format = Option.getOrUndefined(given) ?? (environment.LEFTFOLD_LOG_FORMAT || fallback)
  return {
    LEFTFOLD_LOG_FORMAT: format,
    ...hasColors(environment) ? { FORCE_COLOR: "1" } : {},
  }
}

/** Chooses the format for this process. */
export const chooseLog = (format: string): void => {
  const known = LOG_FORMATS.find((each) => each === format)
  chooseLogFormat(known ?? "plain", hasColors(process.env))
}
