/** `npm run build`: builds the packages that users install, into build/. */
import { fileURLToPath } from "node:url"
import { buildPackages } from "./package/build.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const { leftfold, client, create } = await buildPackages(root, `${root}build`)
console.log(`${leftfold}\n${client}\n${create}`)
