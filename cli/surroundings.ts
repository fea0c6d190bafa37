/** The surroundings: where NATS and Postgres are, as an application itself would find them. */
import { Config } from "effect"

/** Ports that `npm start` can be told to use, too, so that its servers are found. */
const natsPort = Config.Port("NATS_PORT").pipe(Config.withDefault(4222))
const postgresPort = Config.Port("PG_PORT").pipe(Config.withDefault(5433))

/** What is read from the environment. */
export const surroundings = Config.all({
  natsUrl: Config.String("NATS_URL").pipe(
    Config.orElse(() => natsPort.pipe(Config.map((port) => `nats://127.0.0.1:${port}`))),
  ),
  databaseUrl: Config.String("DATABASE_URL").pipe(
    Config.orElse(() =>
      postgresPort.pipe(Config.map((port) => `postgres://leftfold@127.0.0.1:${port}/leftfold`))
    ),
  ),
  replicas: Config.Int("LEFTFOLD_REPLICAS").pipe(Config.withDefault(1)),
  compression: Config.Boolean("LEFTFOLD_COMPRESSION").pipe(Config.withDefault(false)),
})
