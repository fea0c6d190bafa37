/** The program of an application under development. `leftfold dev` gives it orders. */
import process from "node:process"
import { serveDevelopment } from "../../app/internal.ts"
import { chooseLog } from "./options.ts"
import { developConsole } from "./develop-console.ts"
import { loadModule } from "../module/load-module.ts"
import { packageOf } from "../module/find-module.ts"
import { prepareTypeScript } from "../module/type-script.ts"

const { LEFTFOLD_DEVELOPED: module = "", LEFTFOLD_LOG_FORMAT: format = "" } = process.env

chooseLog(format)
// Loaded before it is needed, so that a change costs only the application's own modules.
await prepareTypeScript(module, await packageOf(module))
await serveDevelopment(loadModule, developConsole)
