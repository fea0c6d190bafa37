#!/usr/bin/env node
/** `leftfold` on Node. It loads TypeScript through tsx, wherever this package is installed. */
import { register } from "tsx/esm/api"

register()
await import("./main.ts")
