/** Tests of the timers' memory twin: the shared suite. */
import { timersSuite } from "./timers.suite.ts"
import { memoryTimers } from "./timers-memory.ts"
import { VirtualClock } from "../virtual-clock.ts"

timersSuite(() => {
  const clock = new VirtualClock()
  return Promise.resolve({
    timers: memoryTimers(clock),
    now: clock.now,
    pass: (ms) => clock.advance(ms, () => new Promise((resolve) => setImmediate(resolve))),
  })
})
