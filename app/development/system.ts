/** The whole system in one process: first the servers, then the application. */
import { Effect } from "effect"
import type { Environment } from "./cache.ts"
import { requireFreePort } from "./port.ts"
import { attempt, resource, type Stoppable } from "./resource.ts"
import { ServerError } from "./server-error.ts"
import { readSettings } from "./settings.ts"
import { createSteps, type StepOutput } from "./steps.ts"
import { type Access, bringUpServers, type SystemServers } from "./system-servers.ts"
import { welcome } from "./welcome.ts"

/** The application that needs the servers. */
export interface Application extends Stoppable {
  /** The address at which people reach it. */
  readonly url: string
  /** What the first screen tells people of it. */
  readonly screen?: string
}

/** Starts the application on running servers. */
export type StartApplication = (
  on: Omit<SystemServers, "died"> & { readonly port: number },
) => Promise<Application>

/** How a system is named and protected. */
export interface SystemOptions {
  /** What its steps are called on the screen; "application" unless told. */
  readonly name?: string
  /** The users of its servers; without them, every client can do everything. */
  readonly access?: Access
  /** The folders of packages from which the npm package of Postgres is looked for. */
  readonly packages?: readonly string[]
}

/** First the application stops, then the servers; all are gone 5 s after the signal. */
const applicationStopMs = 1_900

/**
 * Starts the system, prints that it is ready, and runs until it is interrupted or a server dies.
 * However it ends, everything it started is stopped. Fails with a `ServerError`.
 */
export const runSystem = (
  environment: Environment,
  startApplication: StartApplication,
  output: StepOutput,
  { name = "application", access, packages }: SystemOptions = {},
): Effect.Effect<never, ServerError> =>
  Effect.gen(function* () {
    const settings = yield* readSettings(environment)
    yield* attempt(() => requireFreePort(settings.port, "PORT"))
    const steps = createSteps(output)
    const servers = yield* bringUpServers(settings, steps, access, packages)
    const { natsUrl, databaseUrl } = servers
    const died = Effect.promise(() => servers.died).pipe(
      Effect.flatMap((sentence) => Effect.fail(new ServerError(sentence))),
    )
    const { url, screen } = yield* resource(
      `the ${name} did not start`,
      applicationStopMs,
      () =>
        steps.run(
          name,
          () => startApplication({ ...servers, port: settings.port }),
          (application) => `${name} on ${application.url}`,
        ),
    ).pipe(Effect.raceFirst(died))
    output.write(welcome({ url, natsUrl, databaseUrl }, screen))
    return yield* died
  }).pipe(Effect.scoped)
