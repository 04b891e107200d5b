/**
 * Sessions, providers and filters.
 * @see https://learn.microsoft.com/windows/win32/api/fwpmtypes/ns-fwpmtypes-fwpm_filter0
 */

import { blob, bool, flagged, guid, list, ptr, sid, struct, u32, u64, wstr } from '../../ctype/index.ts'
import * as C from '../constants/index.ts'
import { FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0 } from './context.ts'
import { FWP_CONDITION_VALUE0, FWP_VALUE0, FWPM_DISPLAY_DATA0 } from './value.ts'

export const FWPM_SESSION0 = struct('FWPM_SESSION0', {
  sessionKey: guid,
  displayData: FWPM_DISPLAY_DATA0,
  flags: u32,
  txnWaitTimeoutInMSec: u32,
  processId: u32,
  sid: sid,
  username: wstr,
  kernelMode: bool,
})
export const FWPM_SESSION_ENUM_TEMPLATE0 = struct('FWPM_SESSION_ENUM_TEMPLATE0', { reserved: u64 })

export const FWPM_PROVIDER0 = struct('FWPM_PROVIDER0', {
  providerKey: guid,
  displayData: FWPM_DISPLAY_DATA0,
  flags: u32,
  providerData: blob,
  serviceName: wstr,
})
export const FWPM_PROVIDER_ENUM_TEMPLATE0 = struct('FWPM_PROVIDER_ENUM_TEMPLATE0', { reserved: u64 })

export const FWPM_ACTION0 = struct('FWPM_ACTION0', {
  type: u32,
  action: flagged('type', C.FWP_ACTION_FLAG_CALLOUT, { calloutKey: guid }, { filterType: guid }),
})

export const FWPM_FILTER_CONDITION0 = struct('FWPM_FILTER_CONDITION0', {
  fieldKey: guid,
  matchType: u32,
  conditionValue: FWP_CONDITION_VALUE0,
})

export const FWPM_FILTER0 = struct('FWPM_FILTER0', {
  filterKey: guid,
  displayData: FWPM_DISPLAY_DATA0,
  flags: u32,
  providerKey: ptr(guid),
  providerData: blob,
  layerKey: guid,
  subLayerKey: guid,
  weight: FWP_VALUE0,
  numFilterConditions: u32,
  filterCondition: list(FWPM_FILTER_CONDITION0, 'numFilterConditions'),
  action: FWPM_ACTION0,
  context: flagged('flags', C.FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT, { providerContextKey: guid }, { rawContext: u64 }),
  reserved: ptr(guid),
  filterId: u64,
  effectiveWeight: FWP_VALUE0,
})

export const FWPM_FILTER_ENUM_TEMPLATE0 = struct('FWPM_FILTER_ENUM_TEMPLATE0', {
  providerKey: ptr(guid),
  layerKey: guid,
  enumType: u32,
  flags: u32,
  providerContextTemplate: ptr(FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0),
  numFilterConditions: u32,
  filterCondition: list(FWPM_FILTER_CONDITION0, 'numFilterConditions'),
  actionMask: u32,
  calloutKey: ptr(guid),
})

export const FWPM_FILTER_SUBSCRIPTION0 = struct('FWPM_FILTER_SUBSCRIPTION0', {
  enumTemplate: ptr(FWPM_FILTER_ENUM_TEMPLATE0),
  flags: u32,
  sessionKey: guid,
})

export const FWPM_FILTER_CHANGE0 = struct('FWPM_FILTER_CHANGE0', {
  changeType: u32,
  filterKey: guid,
  filterId: u64,
})
