/** Testing: tests with a limit, waits without sleeps, and real servers of a test's own. */
export { freePort } from "../app/development/port.ts"
export { createNamespace } from "./namespace.ts"
export { ownPostgres } from "./own-servers.ts"
export { ownUsers } from "./own-users.ts"
export { startProgram } from "./program.ts"
export { temporaryFolder, type TestScope } from "./temporary-folder.ts"
export { test } from "./test.ts"
export { until } from "./until.ts"
