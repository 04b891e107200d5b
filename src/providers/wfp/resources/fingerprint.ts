/** One digest of everything that looking at the sets of this engine depends on. Nothing is read: it is shown, and added up. */

import type { Fingerprint } from '../../../reconcile/provider.ts'
import { ContentDigest } from '../binding/ctype/index.ts'
import { FWPM_GENERAL_CONTEXT } from '../binding/tables/constants/index.ts'
import {
  addContexts,
  addFilters,
  callVersionOf,
  digestKeyKeyOf,
  plain,
  providerKeyOf,
  type Session,
} from '../engine/index.ts'
import type { WfpKinds } from './kind.ts'
import { setsOf } from './list.ts'
import { asDigestKey } from './owner.ts'

/**
 * In the caller's transaction.
 *
 * Every provider, every context under an owner of ours, and every filter, whoever made it, in the order of the engine. What the engine
 * numbers, weighs and marks by itself is left out.
 *
 * @param answers what this machine has answered, on which findings depend
 */
export async function fingerprintOf(
  session: Session,
  { objects }: WfpKinds,
  answers: ReadonlyMap<string, string> | undefined,
): Promise<Fingerprint> {
  const about = [callVersionOf(session.fwp), [...(answers ?? [])], await providersOf(session)]
  const digest = new ContentDigest(JSON.stringify(about))
  const digestKeys = new Map<string, Uint8Array>()
  const types = [FWPM_GENERAL_CONTEXT, ...objects.flatMap(({ purposes }) => Object.values(purposes).flat())]
  try {
    for (const set of await setsOf(session)) {
      const key = digestKeyKeyOf(set)
      await addContexts(session, { providerKey: providerKeyOf(set), types, digest }, (found, data) => {
        const own = found === key ? asDigestKey(data) : undefined
        if (own) digestKeys.set(set, Buffer.from(own))
      })
    }
    await addFilters(session, digest)
    return { digest: digest.end(), digestKeys }
  } finally {
    digest.wipe()
  }
}

async function providersOf(session: Session): Promise<unknown[]> {
  const { fwp } = session
  const found: unknown[] = []
  const pages = session.enumerate({
    create: (engineHandle) => fwp.FwpmProviderCreateEnumHandle0({ engineHandle, enumTemplate: null }),
    next: fwp.FwpmProviderEnum0,
    destroy: fwp.FwpmProviderDestroyEnumHandle0,
  })
  for await (const page of pages) found.push(...page.map(plain))
  return found
}
