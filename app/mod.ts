/** Applications as users define and run them: in memory or on servers, whole or in roles. */
import { define } from "./app.ts"
import { inMemory } from "./in-memory.ts"
import { main } from "./main.ts"
import { start } from "./start.ts"

export type { AppDefinition, AppOptions, ContextParts } from "./app.ts"
export type { HttpRoutes, SignedIn, Users } from "../gateway/internal.ts"
export { developmentUsers, oidc } from "../gateway/internal.ts"
export { anybody, nobody, Rules } from "./rules/rules.ts"
export type { User } from "../wire/internal.ts"
export type { InMemoryApp } from "./in-memory.ts"
export type { Role } from "./roles.ts"
export type { RunningApp } from "./running.ts"
export type { StartedApp } from "./start.ts"
export type { StartOptions } from "./start-options.ts"

/**
 * Defines and runs applications. `define` checks the parts and throws `TypeError` for those that do
 * not fit together. `inMemory` runs one without servers, `start` runs one on NATS and Postgres, and
 * `main` runs the program whose entry is the calling module. `start` rejects with an error that
 * says what an operator can mend.
 *
 * ```ts
 * const shop = App.define("shop", { actors: [Order], projections: [OrderList] })
 * const app = await App.inMemory(shop)
 * const response = await app.fetch("/orders/order-list/o-1")
 * await app.stop()
 *
 * await App.main(shop, import.meta.url)
 * ```
 */
export const App = { define, inMemory, main, start }
