/** Tests of parking's memory twin: the shared suite. */
import { memoryParking } from "./parking-memory.ts"
import { parkingSuite } from "./parking.suite.ts"

parkingSuite(() => Promise.resolve(memoryParking()))
