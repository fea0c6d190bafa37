/** A role of the application as a process of its own, for the runs that hurt it. */
import { App } from "../../app/mod.ts"
import { vault } from "./vault.ts"

await App.main(vault, import.meta.url)
