/** The memory twin of membership keeps the claims of every membership. */
import { membershipSuite } from "./membership.suite.ts"
import { memoryMembership } from "./membership-memory.ts"

membershipSuite(() => Promise.resolve(memoryMembership(200)))
