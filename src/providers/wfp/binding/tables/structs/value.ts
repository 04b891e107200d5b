/**
 * Values of filters and conditions. 8, 16 and 32-bit integers lie inside; everything else is behind a pointer.
 * @see https://learn.microsoft.com/windows/win32/api/fwptypes/ns-fwptypes-fwp_value0
 */

import {
  blob,
  bytes,
  f32,
  f64,
  i8,
  i16,
  i32,
  i64,
  list,
  ptr,
  ref,
  sid,
  struct,
  tagged,
  u8,
  u16,
  u32,
  u64,
  wstr,
} from '../../ctype/index.ts'
import * as C from '../constants/index.ts'

/** `name` is required on every object the engine stores (FWP_E_NULL_DISPLAY_NAME). */
export const FWPM_DISPLAY_DATA0 = struct('FWPM_DISPLAY_DATA0', {
  name: wstr,
  description: wstr,
})

export const SID_AND_ATTRIBUTES = struct('SID_AND_ATTRIBUTES', {
  Sid: sid,
  Attributes: u32,
})

export const FWP_TOKEN_INFORMATION = struct('FWP_TOKEN_INFORMATION', {
  sidCount: u32,
  sids: list(SID_AND_ATTRIBUTES, 'sidCount'),
  restrictedSidCount: u32,
  restrictedSids: list(SID_AND_ATTRIBUTES, 'restrictedSidCount'),
})

/** Address and mask in host byte order. */
export const FWP_V4_ADDR_AND_MASK = struct('FWP_V4_ADDR_AND_MASK', {
  addr: u32,
  mask: u32,
})

export const FWP_V6_ADDR_AND_MASK = struct('FWP_V6_ADDR_AND_MASK', {
  addr: bytes(16),
  prefixLength: u8,
})

const valueArms = {
  [C.FWP_EMPTY]: {},
  [C.FWP_UINT8]: { uint8: u8 },
  [C.FWP_UINT16]: { uint16: u16 },
  [C.FWP_UINT32]: { uint32: u32 },
  [C.FWP_UINT64]: { uint64: ref(u64) },
  [C.FWP_INT8]: { int8: i8 },
  [C.FWP_INT16]: { int16: i16 },
  [C.FWP_INT32]: { int32: i32 },
  [C.FWP_INT64]: { int64: ref(i64) },
  [C.FWP_FLOAT]: { float32: f32 },
  [C.FWP_DOUBLE]: { double64: ref(f64) },
  [C.FWP_BYTE_ARRAY16_TYPE]: { byteArray16: ref(bytes(16)) },
  [C.FWP_BYTE_BLOB_TYPE]: { byteBlob: ptr(blob) },
  [C.FWP_SID]: { sid },
  [C.FWP_SECURITY_DESCRIPTOR_TYPE]: { sd: ptr(blob) },
  [C.FWP_TOKEN_INFORMATION_TYPE]: { tokenInformation: ref(FWP_TOKEN_INFORMATION) },
  [C.FWP_TOKEN_ACCESS_INFORMATION_TYPE]: { tokenAccessInformation: ptr(blob) },
  [C.FWP_UNICODE_STRING_TYPE]: { unicodeString: wstr },
  [C.FWP_BYTE_ARRAY6_TYPE]: { byteArray6: ref(bytes(6)) },
} as const

export const FWP_VALUE0 = struct('FWP_VALUE0', {
  type: u32,
  value: tagged('type', valueArms),
})

export const FWP_RANGE0 = struct('FWP_RANGE0', {
  valueLow: FWP_VALUE0,
  valueHigh: FWP_VALUE0,
})

export const FWP_CONDITION_VALUE0 = struct('FWP_CONDITION_VALUE0', {
  type: u32,
  value: tagged('type', {
    ...valueArms,
    [C.FWP_V4_ADDR_MASK]: { v4AddrMask: ref(FWP_V4_ADDR_AND_MASK) },
    [C.FWP_V6_ADDR_MASK]: { v6AddrMask: ref(FWP_V6_ADDR_AND_MASK) },
    [C.FWP_RANGE_TYPE]: { rangeValue: ref(FWP_RANGE0) },
  }),
})
