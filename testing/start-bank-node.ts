/** A node that hosts accounts, as a process of its own, for tests that stop, pause and kill one. */
import { account } from "../actors/fixtures/account.ts"
import { App } from "../app/mod.ts"

await App.main(App.define("bank", { actors: [account] }), import.meta.url)
