/** A role of the application as a process of its own, for chaos runs. */
import { App } from "../../app/mod.ts"
import { vault } from "./vault.ts"

await App.main(vault, import.meta.url)
