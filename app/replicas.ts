/** How many servers keep each stream: what `LEFTFOLD_REPLICAS` may be. */
import { Schema } from "effect"

/** A whole number from 1 to 5, which is the most that JetStream allows. */
export const Replicas = Schema.NumberFromString.check(
  Schema.isInt(),
  Schema.isBetween({ minimum: 1, maximum: 5 }),
)
