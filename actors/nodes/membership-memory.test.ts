/** Tests of the memory twin of membership: the shared suite. */
import { membershipSuite } from "./membership.suite.ts"
import { memoryMembership } from "./membership-memory.ts"

membershipSuite(() => Promise.resolve(memoryMembership(200)))
