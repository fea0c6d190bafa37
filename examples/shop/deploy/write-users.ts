/** `npm run deploy:users`: writes the users and their permissions into `deploy/`. */
import { writeFile } from "node:fs/promises"
import { deployUsers } from "./users.ts"

const root = new URL("../../../", import.meta.url)
for (const [path, text] of Object.entries(deployUsers())) await writeFile(new URL(path, root), text)
