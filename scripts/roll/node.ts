/** A node of a release, as a process of its own. */
import process from "node:process"
import { App } from "../../app/mod.ts"
import { releaseOf } from "./releases.ts"

await App.main(releaseOf(process.env.RELEASE), import.meta.url)
