/** Tests of the subscriptions' memory twin: the shared suite. */
import { logSubject, MemoryLog } from "../../wire/internal.ts"
import { commitOf } from "../fixtures/account.ts"
import { subscriptionSuite } from "./subscription.suite.ts"
import { memorySubscriptions } from "./subscription-memory.ts"

subscriptionSuite(() => {
  const log = new MemoryLog()
  const append = (id: string) => {
    const subject = logSubject("bank.account", id)
    const last = log.stream("bank").last.get(subject) ?? 0
    return Promise.resolve(log.append("bank", subject, last, commitOf(0, [], "c-1")).sequence)
  }
  return Promise.resolve({ subscriptions: memorySubscriptions(log), append })
})
