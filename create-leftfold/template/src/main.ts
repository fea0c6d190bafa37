/** The application: the one file that knows every context. */
import { App } from "leftfold/app"
import { tickets } from "./tickets/context.ts"

/** What `leftfold dev` and `leftfold start` run. */
export const app = App.define("my-app", { contexts: [tickets] })
