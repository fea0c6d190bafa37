/** The memory twin of the feed passes the suite. */
import { feedSuite } from "./feed.suite.ts"
import { memoryWrittenLog } from "../fixtures/written-log.ts"

feedSuite(() => Promise.resolve(memoryWrittenLog()))
