/** For the rooms above: what users write, and what explores, shrinks and reports. */
export * from "./mod.ts"
export { Coverage, type CoverageReport, type Reached } from "./model/coverage.ts"
export { explore } from "./search/explore.ts"
export { reportOf } from "./search/report.ts"
export { run, type Selection } from "./run.ts"
export { selectionOf } from "./search/selection-text.ts"
export { shrink } from "./search/shrink.ts"
