/** The test command for one file without servers, for the tests of the test command. */
import process from "node:process"
import { fileURLToPath } from "node:url"
import { runUntilSignal } from "../../app/development/run-until-signal.ts"
import { runTests } from "./runner.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const { TEST_FILE: path = "", TEST_SILENCE_MS: silenceMs = 60_000 } = process.env

await runUntilSignal(
  // A runner that notices that it runs inside another one would report to that one.
  runTests({
    root,
    files: [{ path, silenceMs: Number(silenceMs) }],
    options: [],
    environment: { NODE_TEST_CONTEXT: undefined },
  }),
  { interruptedExitCode: 130 },
)
