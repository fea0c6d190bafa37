/** The memory twin keeps unreadable messages as the driver does. */
import { memoryUnreadables } from "./unreadable-memory.ts"
import { unreadableSuite } from "./unreadable.suite.ts"

unreadableSuite(() => Promise.resolve(memoryUnreadables()))
