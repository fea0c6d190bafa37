/** Imports what is installed only for a run, so that nothing else here needs it to be there. */

/** A package of this folder; `Package` says what of it is used. Rejects when it is not there. */
export const peerPackage = async <Package>(name: string): Promise<Package> => await import(name)
