/** Imports packages that are installed only for a run, so that nothing else depends on them. */

/** A package of this folder; `Package` is the type of what is used. Rejects if it is missing. */
export const peerPackage = async <Package>(name: string): Promise<Package> => await import(name)
