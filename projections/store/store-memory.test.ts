/** The memory twin of the store passes the suite. */
import { memoryStore } from "./mod.ts"
import { storeSuite } from "./store.suite.ts"

storeSuite(() => Promise.resolve(memoryStore()))
