/** Buckets and subjects, and who may do what with them. One place: servers enforce it, hosts and controllers follow it. */

import type { HostToken } from '../model.ts'

export const BUCKETS = {
  desired: 'fleet-desired',
  status: 'fleet-status',
  beat: 'fleet-beat',
  rollout: 'fleet-rollout',
} as const
export type Bucket = keyof typeof BUCKETS

/** JetStream's name of a bucket. */
export function streamOf(bucket: Bucket): string {
  return `KV_${BUCKETS[bucket]}`
}

/** The subject of one entry; to publish to it is to put it. */
export function entrySubject(bucket: Bucket, key: string): string {
  return `$KV.${BUCKETS[bucket]}.${key}`
}

/** Asked with an empty message, it answers with the entry, or status 404. No consumer is made. */
export function directGetSubject(bucket: Bucket, key: string): string {
  return `$JS.API.DIRECT.GET.${streamOf(bucket)}.${entrySubject(bucket, key)}`
}

/** Each change of `desired` is told here, too: a hint that it is worth to read. */
export function hintSubject(host: HostToken): string {
  return `fleet.desired.${host}`
}

/** Answers come below it; nobody else may listen there. */
export function inboxPrefix(name: string): string {
  return `_INBOX.${name}`
}

/** What a credential may publish to and subscribe to, as a user's JWT has it. */
export interface Permissions {
  readonly pub: { readonly allow: readonly string[] }
  readonly sub: { readonly allow: readonly string[] }
}

/**
 * Of a host: its own entries and no more. It makes no consumer, for whoever makes one names where it delivers. It reads no entry that it
 * writes itself: an answer goes where the question says, and what it had written could be sent to another host's key.
 */
export function hostPermissions(host: HostToken): Permissions {
  return {
    pub: { allow: [entrySubject('status', host), entrySubject('beat', host), directGetSubject('desired', host)] },
    sub: { allow: [hintSubject(host), `${inboxPrefix(host)}.>`] },
  }
}

/** Of controllers: everything of the account that the fleet has to itself. */
export const CONTROLLER_PERMISSIONS: Permissions = {
  pub: { allow: ['$JS.API.>', '$JS.ACK.>', '$JS.FC.>', '$KV.>'] },
  sub: { allow: ['_INBOX.controller.>'] },
}
