/** The library as a program of its own, for tests of how a program starts or fails to start. */
import { library } from "../app/fixtures/library.ts"
import { App } from "../app/mod.ts"

await App.main(library, import.meta.url)
