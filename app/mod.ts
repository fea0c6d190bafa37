/** What it runs as: an application, in memory or on servers, whole or in roles. */
import { define } from "./app.ts"
import { inMemory } from "./in-memory.ts"
import { main } from "./main.ts"
import { start } from "./start.ts"

export type { AppDefinition, AppOptions, ContextParts } from "./app.ts"
export {
  DATABASE_ROLES,
  databaseRoles,
  databaseRolesText,
  databaseUrlsOf,
} from "./database-roles.ts"
export type { InMemoryApp } from "./in-memory.ts"
export { natsUrlsOf, type NatsUsers, natsUsers, natsUsersText, withUser } from "./nats-users.ts"
export { type Permissions, permissionsOf, type User, USERS } from "./permissions.ts"
export { askRoles } from "./readiness.ts"
export { type Role, ROLES } from "./roles.ts"
export type { RunningApp } from "./running.ts"
export type { StartedApp, StartOptions } from "./start.ts"

/** Applications are defined and run here. */
export const App = { define, inMemory, main, start }
