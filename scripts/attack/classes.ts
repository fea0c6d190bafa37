/** All classes of attacks, in the order in which they run. */
import type { AttackClass } from "./attack-case.ts"
import { contentTypes } from "./content-types.ts"
import { crossSite } from "./cross-site.ts"
import { headers } from "./headers.ts"
import { jsonBodies } from "./json-bodies.ts"
import { paths } from "./paths.ts"
import { queryStrings } from "./query-strings.ts"
import { smuggling } from "./smuggling.ts"

/** The classes. */
export const CLASSES: readonly AttackClass[] = [
  jsonBodies,
  contentTypes,
  paths,
  headers,
  queryStrings,
  crossSite,
  smuggling,
]
