/** `npm run tidy`: fails if a file breaks one of the repository's habits. */
import process from "node:process"
import { fileURLToPath } from "node:url"
import { readRepository } from "./tidy/repository.ts"
import { lineOf, violationsOf } from "./tidy/rules.ts"

const violations = violationsOf(readRepository(fileURLToPath(new URL("..", import.meta.url))))
for (const violation of violations) console.error(lineOf(violation))

const failures = violations.filter(({ warning }) => warning !== true)
if (failures.length > 0) {
  console.error(`violations: ${failures.length}`)
  process.exitCode = 1
}
