/** The OpenAPI 3.1 description of a gateway, made from its contracts, projections and queries. */
import type { AnyContract } from "../../contracts/internal.ts"
import type { AnyQueryHandler, FoldedProjection } from "../../projections/internal.ts"
import { type DescribedAccess, guardedPath, OPEN, SCHEME, WHOLE } from "./audience.ts"
import { commandPaths } from "./command-paths.ts"
import { messageSchemas } from "./message-schemas.ts"
import { actorPaths, queryPath, rowPath } from "./read-paths.ts"
import type { Json } from "./responses.ts"
import { SharedSchemas } from "./shared-schemas.ts"

/** What a gateway serves. */
export interface GatewayParts {
  readonly contracts: readonly AnyContract[]
  readonly projections: readonly FoldedProjection[]
  readonly queries: readonly Pick<AnyQueryHandler, "query" | "from" | "pageRows">[]
  /** The JSON Schemas of actors' states, by the names of their contracts. */
  readonly states?: ReadonlyMap<string, Json>
}

const SCHEMAS = {
  Accepted: {
    type: "object",
    required: ["position", "version", "events"],
    properties: {
      position: { type: "string", examples: ["orders:17"] },
      version: { type: "integer" },
      events: { type: "integer" },
    },
  },
  Problem: {
    type: "object",
    required: ["type", "title", "status"],
    properties: {
      type: { type: "string", format: "uri" },
      title: { type: "string" },
      status: { type: "integer" },
      detail: { type: "string" },
    },
  },
}

/** An entry of the description, after what it is of its actor, view or query. */
type Part = readonly [what: string, path: string, item: Json]

/** The description of everything that a gateway serves to some caller at least. */
export const openApi = (
  { contracts, projections, queries, states }: GatewayParts,
  title: string,
  { audienceOf, scheme }: DescribedAccess = OPEN,
): Json => {
  const shared = new SharedSchemas(SCHEMAS)
  const schemas = new Map(contracts.map((contract) => [
    contract.name,
    messageSchemas(contract, shared, states?.get(contract.name)),
  ]))
  const described = (name: string, parts: readonly Part[]): [string, Json][] =>
    parts.flatMap(([what, ...entry]) => {
      const audience = audienceOf(name, what)
      if (audience === "nobody") return []
      return [scheme ? guardedPath(entry, audience) : entry]
    })
  const ofActors = (paths: typeof commandPaths | typeof actorPaths) =>
    contracts.flatMap((each) => described(each.name, paths(each, schemas.get(each.name)!)))
  const paths = Object.fromEntries([
    ...ofActors(commandPaths),
    ...ofActors(actorPaths),
    ...projections.flatMap((each) => described(each.name, [[WHOLE, ...rowPath(each, shared)]])),
    ...queries.flatMap((each) => described(each.query.name, [[WHOLE, ...queryPath(each, shared)]])),
  ])
  const used = Object.keys(paths).map((path) => path.split("/")[1]!)
  const tags = [...new Set(used)].map((name) => ({
    name,
    description: `The bounded context ${name}.`,
  }))
  return {
    openapi: "3.1.0",
    info: { title, version: "1", description: `Commands, states and views of ${title}.` },
    servers: [{ url: "/", description: "The gateway that serves this description." }],
    tags,
    security: [],
    paths,
    components: {
      schemas: shared.usedBy(paths),
      ...(scheme ? { securitySchemes: { [SCHEME]: scheme } } : {}),
    },
  }
}
