/** How far work is that may take long. Whoever does it tells, and need not know whether anybody listens. */

/**
 * @param stage what is being done: `reading manifests`
 * @param done how much of it, in things that people can count
 * @param total how much there is, where that is known
 */
export type OnProgress = (stage: string, done?: number, total?: number) => void

export const untold: OnProgress = () => {}
