/** The surroundings: where NATS and Postgres are, as an application itself would find them. */
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { Config } from "effect"
import { withUser } from "../app/mod.ts"

/** Ports that `npm start` can be told to use, too, so that its servers are found. */
const natsPort = Config.Port("NATS_PORT").pipe(Config.withDefault(4222))
const postgresPort = Config.Port("PG_PORT").pipe(Config.withDefault(5433))

/** Where `npm start` keeps its data, and the passwords of those that it lets in. */
const dataFolder = Config.String("LEFTFOLD_DATA").pipe(Config.withDefault(".leftfold"))

/** The embedded NATS, as its administrator where it knows one. */
const embeddedNats = (port: number, folder: string): string => {
  const url = `nats://127.0.0.1:${port}`
  try {
    const { admin } = JSON.parse(readFileSync(join(folder, "passwords.json"), "utf8"))
    return typeof admin === "string" ? withUser(url, "admin", admin) : url
  } catch {
    // There is no such folder, or none that has passwords: then nobody needs one.
    return url
  }
}

/** What is read from the environment. */
export const surroundings = Config.all({
  natsUrl: Config.String("NATS_URL").pipe(
    Config.orElse(() =>
      Config.all([natsPort, dataFolder]).pipe(
        Config.map(([port, folder]) => embeddedNats(port, folder)),
      )
    ),
  ),
  databaseUrl: Config.String("DATABASE_URL").pipe(
    Config.orElse(() =>
      postgresPort.pipe(Config.map((port) => `postgres://leftfold@127.0.0.1:${port}/leftfold`))
    ),
  ),
  replicas: Config.Int("LEFTFOLD_REPLICAS").pipe(Config.withDefault(1)),
  compression: Config.Boolean("LEFTFOLD_COMPRESSION").pipe(Config.withDefault(false)),
})
