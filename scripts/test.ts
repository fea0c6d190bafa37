/** `npm test`: every test of the project, against one real nats-server and one real Postgres. */
import process from "node:process"
import { fileURLToPath } from "node:url"
import { Effect } from "effect"
import { attempt, resource } from "../app/development/resource.ts"
import { runUntilSignal } from "../app/development/run-until-signal.ts"
import { groupTests } from "./testing/groups.ts"
import { runTests } from "./testing/runner.ts"
import { startTestServers } from "../testing/servers.ts"
import { testFiles } from "./testing/test-files.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const [options, asked] = [true, false].map((isOption) =>
  process.argv.slice(2).filter((each) => each.startsWith("-") === isOption)
)

const run = Effect.gen(function* () {
  const files = yield* attempt(() => testFiles(root, asked))
  const { environment } = yield* resource("no servers to test with", 4_000, startTestServers)
  const grouped = yield* resource("no files to test", 2_000, () => groupTests(root, files))
  return yield* runTests({ root, files: grouped.files, options: options ?? [], environment })
}).pipe(Effect.scoped)

await runUntilSignal(run, { interruptedExitCode: 130 })
