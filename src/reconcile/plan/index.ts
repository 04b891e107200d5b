/** What is declared and what is observed → a plan. Pure. */
export { type HostPlan, plansBetween } from './between.ts'
export {
  comparable,
  digestAt,
  essenceDigest,
  FORM,
  isSeen,
  recordedForm,
  restore,
  type Shown,
  sealed,
  seenNow,
  unverifiedLeaves,
  verify,
} from './comparable.ts'
export { type Difference, diff, SECRET } from './diff.ts'
export { type Drift, findDrift } from './drift.ts'
export {
  type Action,
  type AppliedRecord,
  type Arrival,
  type Cause,
  type Change,
  type ChangeBase,
  type Cosmetic,
  changesNothing,
  isDrift,
  isRefused,
  type Moves,
  makesObject,
  movedFrom,
  type Observed,
  type Orphan,
  type OutsideStep,
  type PlanInput,
  type Protection,
  protectionOf,
  renamedFrom,
  type SecretDigests,
  type Seen,
  type SetContext,
  type SetPlan,
  type SetState,
  type Standing,
  stands,
  type UndeclaredSet,
} from './model.ts'
export { type DigestKeys, digestKeysOf, movesBetween, undeclaredSets } from './moves.ts'
export { makePlan, stateOf } from './plan.ts'
export { type Blocked, isForHost, nothingForHost, type Policy, strictly } from './policy.ts'
export {
  isSelected,
  parseLabelSelector,
  type Selectable,
  type Selection,
  selectedFrom,
  selectionText,
  unknownTargets,
} from './selection.ts'
