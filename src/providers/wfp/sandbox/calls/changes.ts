/** FWPM_CHANGE_TYPE by what happened. */
import { FWPM_CHANGE_ADD, FWPM_CHANGE_DELETE } from '../../binding/tables/constants/index.ts'

export const CHANGE_TYPE = { true: FWPM_CHANGE_ADD, false: FWPM_CHANGE_DELETE } as const
