/** `npm run pack`: builds the packages that users install, and packs them into build/. */
import { fileURLToPath } from "node:url"
import { buildPackages } from "./package/build.ts"
import { packPackages } from "./package/pack.ts"

const root = fileURLToPath(new URL("..", import.meta.url))
const target = `${root}build`
const { leftfold, client, create } = await packPackages(await buildPackages(root, target), target)
console.log(`${leftfold}\n${client}\n${create}`)
