/** The flags that `leftfold check` and `leftfold schema` share. */
import { dirname, join } from "node:path"
import { Flag } from "effect/cli"
import { Option } from "effect"

/** Where the lock files are. */
export const folder = Flag.String("folder").pipe(
  Flag.withMetavar("FOLDER"),
  Flag.withDescription("where the lock files are; the folder schemas of the application's module"),
  Flag.optional,
)

/** The folder of the lock files that was given, or the one next to the application's module. */
export const folderOf = (given: Option.Option<string>, module: string): string =>
  Option.getOrUndefined(given) ?? join(dirname(module), "schemas")

const atLeastOne = (name: string, metavar: string, description: string, otherwise: number) =>
  Flag.Int(name).pipe(
    Flag.withMetavar(metavar),
    Flag.withDescription(description),
    Flag.filter((value) => value >= 1, (value) => `--${name} must be 1 or more, not ${value}`),
    Flag.withDefault(otherwise),
  )

/** How many values of each version are tried. */
export const values = atLeastOne(
  "values",
  "COUNT",
  "how many values of each version are tried",
  2_000,
)

/** Where random values begin. */
export const seed = Flag.Int("seed").pipe(
  Flag.withMetavar("SEED"),
  Flag.withDescription("the same seed gives the same values"),
  Flag.withDefault(1),
)

/** How much of the real log is tried. */
export const sample = atLeastOne(
  "sample",
  "COUNT",
  "how many messages of the log are tried: the newest, others anywhere, and some of each version",
  2_000,
)

/** How many seeds a simulation runs. */
export const seeds = atLeastOne("seeds", "COUNT", "how many seeds of the simulation are run", 500)
