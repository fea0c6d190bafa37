/** What it runs as: an application, in memory or on servers, whole or in roles. */
import { define } from "./app.ts"
import { inMemory } from "./in-memory.ts"
import { main } from "./main.ts"
import { start } from "./start.ts"

export type { AppDefinition, AppOptions, ContextParts } from "./app.ts"
export type { InMemoryApp } from "./in-memory.ts"
export type { Role } from "./roles.ts"
export type { RunningApp } from "./running.ts"
export type { StartedApp, StartOptions } from "./start.ts"

/** Applications are defined and run here. */
export const App = { define, inMemory, main, start }
