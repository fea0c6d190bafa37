/**
 * `npm run deploy:secrets`: makes the secrets of compose.yaml in a file that only its owner reads.
 */
import { readFile } from "node:fs/promises"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { writePrivateFile } from "../../../app/operations/private-files.ts"
import { withSecrets } from "../../../app/deploy/secrets.ts"

const [, , given] = process.argv
const path = given ?? fileURLToPath(new URL("../../../.env", import.meta.url))
const before = await readFile(path, "utf8").catch((error) => {
  if (error.code === "ENOENT") return ""
  throw error
})
const { text, made } = withSecrets(before)
await writePrivateFile(path, text)
process.stdout.write(
  made.length > 0 ? `${path} has new values of ${made.join(", ")}\n` : `${path} has all secrets\n`,
)
