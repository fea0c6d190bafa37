/**
 * `npm run deploy:users`: writes the files of `deploy/`, and compose.yaml. `LEFTFOLD_CALLERS`
 * names other services that get users of their own, separated by commas.
 */
import { writeFile } from "node:fs/promises"
import process from "node:process"
import { deployUsers } from "./users.ts"

const root = new URL("../../../", import.meta.url)
const callers = process.env.LEFTFOLD_CALLERS?.split(",").map((name) => name.trim())
for (const [path, text] of Object.entries(await deployUsers(callers))) {
  await writeFile(new URL(path, root), text)
}
