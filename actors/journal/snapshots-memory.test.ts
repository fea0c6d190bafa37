/** Tests of the snapshots' memory twin: the shared suite. */
import { snapshotsSuite } from "./snapshots.suite.ts"
import { memorySnapshots } from "./snapshots-memory.ts"

snapshotsSuite(() =>
  Promise.resolve({ snapshots: memorySnapshots(), written: () => Promise.resolve() })
)
