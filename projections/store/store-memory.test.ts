/** The memory twin of the store passes the suite. */
import { memoryStore } from "./store-memory.ts"
import { storeSuite } from "./store.suite.ts"

storeSuite(() => Promise.resolve(memoryStore()))
