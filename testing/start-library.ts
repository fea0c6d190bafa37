/** The library as a program of its own, for the tests of how a program starts, or does not. */
import { library } from "../app/fixtures/library.ts"
import { App } from "../app/mod.ts"

await App.main(library, import.meta.url)
