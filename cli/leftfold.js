#!/usr/bin/env node
/** `leftfold` on Node, which reads TypeScript by way of tsx wherever this package is installed. */
import { register } from "tsx/esm/api"

register()
await import("./main.ts")
