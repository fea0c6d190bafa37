/** All classes of attacks, in the order in which they run. */
import type { AttackClass } from "./attack-case.ts"
import { contentTypes } from "./content-types.ts"
import { jsonBodies } from "./json-bodies.ts"

/** The classes. */
export const CLASSES: readonly AttackClass[] = [
  jsonBodies,
  contentTypes,
]
