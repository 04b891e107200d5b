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
  type Shown,
  type ShownContext,
  seenContextByKey,
  seenContextsOf,
  showContexts,
  unlessGone,
} from './contexts.ts'
export {
  type Condition,
  eitherGroup,
  type Filter,
  type FilterGroup,
  type FilterHead,
  filterByKey,
  filtersAndSeenOf,
  filtersBrief,
  filtersByHome,
  filtersDigest,
  layerName,
  plain,
  type ShownFilter,
  seenFilterByKey,
  seenFiltersByHome,
  showFilters,
  withFilter,
  withoutFilter,
} from './filters.ts'
export { subscribe } from './notifications.ts'
export { asRefusal, isStatus, refusing } from './refusals.ts'
export { Session } from './session.ts'
