/**
 * Tells node:test which test runs, so that it need not follow every promise of a process: its async
 * hook costs an application up to half of its processor time.
 *
 * A test or hook that is registered outside of a describe belongs to the file, and an error that
 * nobody catches belongs to the test that runs.
 */
import asyncHooks from "node:async_hooks"
import process from "node:process"

const { AsyncResource, createHook, executionAsyncId } = asyncHooks
const { runInAsyncScope } = AsyncResource.prototype

/** Whether the caller of the function that asks is node:test. */
const isRunner = () => new Error().stack.split("\n")[3]?.includes("node:internal/test_runner/")

/** Whether a resource is a test, a suite or a hook of them. */
const isTest = (resource) => "subtests" in resource && "finished" in resource

/**
 * Replaces the hook of node:test. Must run before the process first imports node:test; the tests of
 * the test command tell when a version of Node no longer asks for it like this.
 */
export const tellRunningTest = () => {
  /** Registers a resource with node:test. */
  let register
  let running
  let isUncaught = false
  const known = new Set()
  const uncaught = () => isUncaught = true

  asyncHooks.createHook = (callbacks) => {
    if (register !== undefined || !isRunner()) return createHook(callbacks)
    asyncHooks.createHook = createHook
    register = callbacks.init
    // It asks who caused an error right after these.
    const events = ["uncaughtException", "unhandledRejection"]
    return {
      enable: () => events.forEach((event) => process.prependListener(event, uncaught)),
      disable: () => events.forEach((event) => process.off(event, uncaught)),
    }
  }

  asyncHooks.executionAsyncId = () => {
    const id = executionAsyncId()
    if (!isUncaught) return id
    isUncaught = false
    return known.has(id) || running === undefined ? id : running
  }

  AsyncResource.prototype.runInAsyncScope = function (...given) {
    if (register !== undefined && isTest(this)) {
      running = this.asyncId()
      known.add(running)
      register(running, "Test", 0, this)
    }
    return runInAsyncScope.apply(this, given)
  }
}
