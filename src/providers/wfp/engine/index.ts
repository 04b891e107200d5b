/** Sessions with the engine: opening, transactions, contexts, filters, notifications, and what its refusals mean. */
export { CallbackSession } from './callback-session.ts'
export {
  claimSet,
  digestKeyKeyOf,
  mainModeKeyOf,
  noteKeyOf,
  otherSessions,
  providerKeyOf,
  recordKeyOf,
} from './claims.ts'
export {
  type AnyContext,
  addContexts,
  addGeneralContext,
  type CallVersion,
  callVersionOf,
  contextAndDigestByKey,
  contextByKey,
  contextsOf,
  dataOf,
  deleteContext,
  descriptorOf,
  eitherContext,
  type SeenContext,
  seenContextByKey,
  seenContextsOf,
  unlessGone,
} from './contexts.ts'
export {
  addFilters,
  type Condition,
  eitherGroup,
  type Filter,
  type FilterGroup,
  type FilterHead,
  filterByKey,
  filtersAndSeenByHome,
  filtersBrief,
  filtersByHome,
  filtersDigest,
  layerName,
  plain,
  seenFilterByKey,
  seenFiltersByHome,
  withFilter,
  withoutFilter,
} from './filters.ts'
export { subscribe } from './notifications.ts'
export { asRefusal, isStatus, refusing } from './refusals.ts'
export { Session } from './session.ts'
