/** Win32, RPC and SSPI statuses that the calls return: names and values from winerror.h (SDK 10.0.26100), meanings in our words. */
import type { Row } from './row.ts'

export const win32Statuses: readonly Row[] = [
  { value: 0, name: 'ERROR_SUCCESS', class: 'ok', meaning: 'Done.' },
  {
    value: 5,
    name: 'ERROR_ACCESS_DENIED',
    class: 'privilege',
    meaning:
      'The token lacks the access right the object or container asks for (not elevated, not Administrators / Network Configuration Operators). Opening the engine itself is granted to everyone by the default DACL, so expect it on the first begin/add/enumerate rather than on open.',
    help: 'run from an elevated prompt, as a member of Administrators; a securityDescriptor may also shut this account out',
  },
  {
    value: 6,
    name: 'ERROR_INVALID_HANDLE',
    class: 'bug',
    meaning: 'The engine, enumeration or subscription handle is not a live one.',
  },
  {
    value: 8,
    name: 'ERROR_NOT_ENOUGH_MEMORY',
    class: 'transient',
    meaning: 'Allocation failed in the client library or in BFE.',
  },
  {
    value: 50,
    name: 'ERROR_NOT_SUPPORTED',
    class: 'config',
    meaning:
      'Documented for adding an IKE main-mode context with IKEEXT_IPV6_CGA when CGA is not enabled in the registry.',
  },
  {
    value: 87,
    name: 'ERROR_INVALID_PARAMETER',
    class: 'bug',
    meaning: 'Plain Win32 parameter error (bad GUID pointer, bad serverName, bad authnService).',
  },
  {
    value: 126,
    name: 'ERROR_MOD_NOT_FOUND',
    class: 'fatal',
    meaning: 'fwpuclnt.dll could not be loaded: not Windows, or a broken system.',
    help: 'fwpuclnt.dll cannot be loaded; the real engine exists on Windows only, elsewhere use --engine sandbox',
  },
  {
    value: 127,
    name: 'ERROR_PROC_NOT_FOUND',
    class: 'config',
    meaning: 'This fwpuclnt.dll lacks the entry point: Windows too old for that numbered version.',
    help: 'this Windows version is too old for the call; leave out the fields that need it',
  },
  {
    value: 1058,
    name: 'ERROR_SERVICE_DISABLED',
    class: 'fatal',
    meaning: 'BFE (or IKEEXT) is disabled.',
    help: 'the Base Filtering Engine service is disabled: `sc config BFE start= auto`',
  },
  {
    value: 1062,
    name: 'ERROR_SERVICE_NOT_ACTIVE',
    class: 'fatal',
    meaning: 'BFE (or IKEEXT) is not started.',
    help: 'the Base Filtering Engine service is not running: `sc start BFE`',
  },
  { value: 1168, name: 'ERROR_NOT_FOUND', class: 'missing', meaning: 'Generic Win32 not-found.' },
  {
    value: 998,
    name: 'ERROR_NOACCESS',
    class: 'bug',
    meaning: 'A pointer inside the marshalled data was not readable: wrong offset or freed buffer on our side.',
  },
  {
    value: 1722,
    name: 'RPC_S_SERVER_UNAVAILABLE',
    class: 'transient',
    meaning: 'BFE cannot be reached.',
    help: 'the Base Filtering Engine service is not reachable: `sc query BFE`',
  },
  { value: 1723, name: 'RPC_S_SERVER_TOO_BUSY', class: 'transient', meaning: 'BFE is overloaded.' },
  {
    value: 1726,
    name: 'RPC_S_CALL_FAILED',
    class: 'transient',
    meaning: 'The RPC failed midway; whether the change happened is unknown until re-read.',
  },
  { value: 1727, name: 'RPC_S_CALL_FAILED_DNE', class: 'transient', meaning: 'The RPC failed and was not executed.' },
  { value: 1818, name: 'RPC_S_CALL_CANCELLED', class: 'transient', meaning: 'The RPC was cancelled.' },
  {
    value: 1717,
    name: 'RPC_S_UNKNOWN_IF',
    class: 'transient',
    meaning: 'The BFE interface is not registered (service starting or stopping).',
  },
  {
    value: 1747,
    name: 'RPC_S_UNKNOWN_AUTHN_SERVICE',
    class: 'bug',
    meaning: 'authnService is not RPC_C_AUTHN_WINNT or RPC_C_AUTHN_DEFAULT.',
  },
  {
    value: 1745,
    name: 'RPC_S_PROCNUM_OUT_OF_RANGE',
    class: 'config',
    meaning: 'The engine does not know this numbered call: client library newer than the service.',
  },
  {
    value: 1734,
    name: 'RPC_S_INVALID_BOUND',
    class: 'bug',
    meaning: 'An array count does not agree with what was marshalled.',
  },
  {
    value: 1733,
    name: 'RPC_S_INVALID_TAG',
    class: 'bug',
    meaning: 'The union tag (type field) has no arm: the type value is wrong for this structure version.',
  },
  {
    value: 1780,
    name: 'RPC_X_NULL_REF_POINTER',
    class: 'bug',
    meaning: 'A [ref] pointer was null: ipsecProposals, saTransforms, authenticationMethods, ikeProposals, keyModKeys.',
  },
  { value: 1781, name: 'RPC_X_ENUM_VALUE_OUT_OF_RANGE', class: 'bug', meaning: 'An enum cannot be marshalled.' },
  { value: 1782, name: 'RPC_X_BYTE_COUNT_TOO_SMALL', class: 'bug', meaning: 'A count is too small for the data.' },
  {
    value: 1783,
    name: 'RPC_X_BAD_STUB_DATA',
    class: 'bug',
    meaning: 'The stub rejected the data: layout error on our side.',
  },
  {
    value: 1775,
    name: 'RPC_X_SS_IN_NULL_CONTEXT',
    class: 'bug',
    meaning: 'A null handle was passed where an engine or enumeration handle belongs.',
  },
  {
    value: 1753,
    name: 'EPT_S_NOT_REGISTERED',
    class: 'fatal',
    meaning:
      'No endpoint: the Base Filtering Engine service is stopped or disabled. The code people really see when BFE is off.',
    help: 'the Base Filtering Engine service is not running: `sc start BFE`',
  },
  { value: 1752, name: 'EPT_S_CANT_PERFORM_OP', class: 'transient', meaning: 'The endpoint mapper could not do it.' },
  {
    value: 0x80090307,
    name: 'SEC_E_CANNOT_INSTALL',
    class: 'config',
    meaning:
      'The registering image does not carry IMAGE_DLLCHARACTERISTICS_FORCE_INTEGRITY; the key manager was refused.',
    help: 'a key manager must live in an image linked with /INTEGRITYCHECK and signed; stock node.exe is not',
  },
  {
    value: 13800,
    name: 'ERROR_IPSEC_IKE_NEG_STATUS_BEGIN',
    class: 'diag',
    meaning: 'Start of the IKE failure range (13800-13897) found in net events and MM/QM statistics.',
  },
  {
    value: 1359,
    name: 'ERROR_INTERNAL_ERROR',
    class: 'bug',
    meaning: 'The engine failed in a way it has no status for.',
  },
]
