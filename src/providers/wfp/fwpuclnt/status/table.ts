/** Statuses of the engine: names and values from winerror.h (SDK 10.0.26100), meanings in our words. */

/** What a status asks of the caller. */
export type StatusClass =
  | 'ok' // success
  | 'missing' // object absent: a delete may treat it as done
  | 'conflict' // state differs from the plan: read and plan again
  | 'transient' // retry on a fresh transaction or session
  | 'privilege' // elevate
  | 'config' // the manifest or this Windows version is at fault: do not retry
  | 'bug' // our marshalling or call order is wrong
  | 'limit' // engine limit
  | 'external' // another component
  | 'fatal' // cannot work on this machine now
  | 'diag' // diagnostic only
  | 'n/a' // never returned by management calls

interface Row {
  readonly value: number
  readonly name: string
  readonly class: StatusClass
  readonly meaning: string
  readonly help?: string
}

export const statuses: readonly Row[] = [
  {
    value: 0x80320001,
    name: 'FWP_E_CALLOUT_NOT_FOUND',
    class: 'missing',
    meaning: 'No callout is registered under that key.',
  },
  {
    value: 0x80320002,
    name: 'FWP_E_CONDITION_NOT_FOUND',
    class: 'config',
    meaning: 'The field named by a condition does not exist at the layer, so the condition cannot be applied there.',
  },
  {
    value: 0x80320003,
    name: 'FWP_E_FILTER_NOT_FOUND',
    class: 'missing',
    meaning: 'There is no filter with that key or run-time id.',
  },
  {
    value: 0x80320004,
    name: 'FWP_E_LAYER_NOT_FOUND',
    class: 'config',
    meaning: 'The layer key is unknown to this engine.',
  },
  {
    value: 0x80320005,
    name: 'FWP_E_PROVIDER_NOT_FOUND',
    class: 'missing',
    meaning: 'No provider object has that key (also when an object being added names a providerKey nobody registered).',
  },
  {
    value: 0x80320006,
    name: 'FWP_E_PROVIDER_CONTEXT_NOT_FOUND',
    class: 'missing',
    meaning: 'No provider context has that key or id. The natural answer of a tunnel delete or read whose key is gone.',
  },
  { value: 0x80320007, name: 'FWP_E_SUBLAYER_NOT_FOUND', class: 'missing', meaning: 'The sublayer key is unknown.' },
  {
    value: 0x80320008,
    name: 'FWP_E_NOT_FOUND',
    class: 'missing',
    meaning: 'Generic "no such object"; documented for SA context ids.',
    help: 'the object is gone; look again with `wfpctl get --all`',
  },
  {
    value: 0x80320009,
    name: 'FWP_E_ALREADY_EXISTS',
    class: 'conflict',
    meaning:
      'The GUID (or LUID) is taken. Also: a session with that sessionKey is already open; and, per the function page, another key manager already dictates keys.',
    help: 'run `wfpctl get --all` to see the object; it may be one that this account cannot read',
  },
  {
    value: 0x8032000a,
    name: 'FWP_E_IN_USE',
    class: 'conflict',
    meaning:
      'Something still references the object, so it cannot be deleted (for example a provider that still owns contexts or filters, or a context still named by a filter).',
    help: 'delete what refers to the object first',
  },
  {
    value: 0x8032000b,
    name: 'FWP_E_DYNAMIC_SESSION_IN_PROGRESS',
    class: 'bug',
    meaning:
      'The call is not permitted from a dynamic session: engine options, manual SA calls, and deleting an object that was not added dynamically.',
    help: 'a dynamic session can delete only what it added itself',
  },
  {
    value: 0x8032000c,
    name: 'FWP_E_WRONG_SESSION',
    class: 'conflict',
    meaning: 'The object is dynamic and belongs to another session; only its own session may delete it.',
    help: 'the object belongs to another dynamic session; only that session can delete it',
  },
  {
    value: 0x8032000d,
    name: 'FWP_E_NO_TXN_IN_PROGRESS',
    class: 'bug',
    meaning: 'Commit or abort was called with no explicit transaction open on the session.',
  },
  {
    value: 0x8032000e,
    name: 'FWP_E_TXN_IN_PROGRESS',
    class: 'bug',
    meaning: 'The call is forbidden while an explicit transaction is open on this session.',
    help: 'the call is only allowed outside a transaction, or a transaction is already open on this session',
  },
  {
    value: 0x8032000f,
    name: 'FWP_E_TXN_ABORTED',
    class: 'transient',
    meaning:
      'The engine forcibly aborted the transaction (lock owned too long); reported by the next call made inside it.',
    help: 'the engine ended the transaction; nothing was changed; plan again',
  },
  {
    value: 0x80320010,
    name: 'FWP_E_SESSION_ABORTED',
    class: 'transient',
    meaning: 'The session is dead. Close the handle anyway, open a new session and start over.',
    help: 'the session is gone; open a new one and plan again',
  },
  {
    value: 0x80320011,
    name: 'FWP_E_INCOMPATIBLE_TXN',
    class: 'bug',
    meaning: 'A modifying call was made inside a read-only transaction.',
    help: 'the transaction is read-only, or the call is not allowed in it',
  },
  {
    value: 0x80320012,
    name: 'FWP_E_TIMEOUT',
    class: 'transient',
    meaning:
      'The transaction lock was not obtained within txnWaitTimeoutInMSec (15 s when left 0). Also hits implicit transactions, so any call can return it.',
    help: 'another program holds the engine lock (often a security product); try again or raise --lock-timeout',
  },
  {
    value: 0x80320013,
    name: 'FWP_E_NET_EVENTS_DISABLED',
    class: 'config',
    meaning: 'Net-event collection is switched off in the engine.',
  },
  {
    value: 0x80320014,
    name: 'FWP_E_INCOMPATIBLE_LAYER',
    class: 'config',
    meaning: 'The layer does not support the operation.',
  },
  { value: 0x80320015, name: 'FWP_E_KM_CLIENTS_ONLY', class: 'bug', meaning: 'Reserved for kernel-mode clients.' },
  {
    value: 0x80320016,
    name: 'FWP_E_LIFETIME_MISMATCH',
    class: 'config',
    meaning:
      'An object was linked to one that could die sooner: persistent to non-persistent, static to dynamic, or persistent objects of different providers.',
    help: 'a persistent tunnel needs a persistent provider, and both its contexts must name the same one',
  },
  { value: 0x80320017, name: 'FWP_E_BUILTIN_OBJECT', class: 'bug', meaning: 'Built-in objects cannot be deleted.' },
  {
    value: 0x80320018,
    name: 'FWP_E_TOO_MANY_CALLOUTS',
    class: 'limit',
    meaning: 'The callout limit (100,000) was reached.',
  },
  {
    value: 0x80320019,
    name: 'FWP_E_NOTIFICATION_DROPPED',
    class: 'transient',
    meaning: 'A queue was full and a notification was lost: resynchronise by enumerating.',
  },
  {
    value: 0x8032001a,
    name: 'FWP_E_TRAFFIC_MISMATCH',
    class: 'bug',
    meaning: 'The traffic given differs from that of the SA context.',
  },
  {
    value: 0x8032001b,
    name: 'FWP_E_INCOMPATIBLE_SA_STATE',
    class: 'bug',
    meaning: 'SA calls were made in the wrong order for this SA context.',
  },
  { value: 0x8032001c, name: 'FWP_E_NULL_POINTER', class: 'bug', meaning: 'A pointer that must be set is null.' },
  {
    value: 0x8032001d,
    name: 'FWP_E_INVALID_ENUMERATOR',
    class: 'config',
    meaning: 'An enum field holds a value outside its range (or not supported by this Windows version).',
  },
  {
    value: 0x8032001e,
    name: 'FWP_E_INVALID_FLAGS',
    class: 'config',
    meaning: 'A flags field has a bit the engine does not accept.',
  },
  { value: 0x8032001f, name: 'FWP_E_INVALID_NET_MASK', class: 'config', meaning: 'An address mask is not valid.' },
  {
    value: 0x80320020,
    name: 'FWP_E_INVALID_RANGE',
    class: 'config',
    meaning: 'A range has its bounds the wrong way or of different types.',
  },
  {
    value: 0x80320021,
    name: 'FWP_E_INVALID_INTERVAL',
    class: 'config',
    meaning:
      'A time interval is not acceptable. Documented for keyDictationTimeoutHint above 10 s; lifetimes and idle timeouts are likely sources too.',
    help: 'a key dictation timeout is 1 to 10 seconds',
  },
  {
    value: 0x80320022,
    name: 'FWP_E_ZERO_LENGTH_ARRAY',
    class: 'config',
    meaning: 'An array that needs at least one element is empty (proposals, transforms, authentication methods).',
  },
  {
    value: 0x80320023,
    name: 'FWP_E_NULL_DISPLAY_NAME',
    class: 'config',
    meaning: 'displayData.name is null; every FWPM object needs a name.',
    help: 'every object needs a display name',
  },
  {
    value: 0x80320024,
    name: 'FWP_E_INVALID_ACTION_TYPE',
    class: 'bug',
    meaning: 'The filter action type is not one a filter may have.',
  },
  { value: 0x80320025, name: 'FWP_E_INVALID_WEIGHT', class: 'bug', meaning: 'The filter weight is not acceptable.' },
  {
    value: 0x80320026,
    name: 'FWP_E_MATCH_TYPE_MISMATCH',
    class: 'config',
    meaning: 'The match type does not suit the data type of the condition.',
  },
  {
    value: 0x80320027,
    name: 'FWP_E_TYPE_MISMATCH',
    class: 'config',
    meaning: 'The condition (or option) value has the wrong FWP_DATA_TYPE for its field.',
  },
  {
    value: 0x80320028,
    name: 'FWP_E_OUT_OF_BOUNDS',
    class: 'config',
    meaning: 'An integer lies outside the range allowed for it.',
  },
  { value: 0x80320029, name: 'FWP_E_RESERVED', class: 'bug', meaning: 'A field that must be zero is not.' },
  {
    value: 0x8032002a,
    name: 'FWP_E_DUPLICATE_CONDITION',
    class: 'config',
    meaning:
      'Two conditions test the same field where that is not allowed (enumeration templates; filters before Windows 7).',
  },
  {
    value: 0x8032002b,
    name: 'FWP_E_DUPLICATE_KEYMOD',
    class: 'config',
    meaning: 'A keying policy lists one keying module twice.',
  },
  {
    value: 0x8032002c,
    name: 'FWP_E_ACTION_INCOMPATIBLE_WITH_LAYER',
    class: 'bug',
    meaning: 'The layer does not accept that action.',
  },
  {
    value: 0x8032002d,
    name: 'FWP_E_ACTION_INCOMPATIBLE_WITH_SUBLAYER',
    class: 'bug',
    meaning: 'The sublayer does not accept that action.',
  },
  {
    value: 0x8032002e,
    name: 'FWP_E_CONTEXT_INCOMPATIBLE_WITH_LAYER',
    class: 'config',
    meaning: 'The raw or provider context cannot be used at that layer.',
  },
  {
    value: 0x8032002f,
    name: 'FWP_E_CONTEXT_INCOMPATIBLE_WITH_CALLOUT',
    class: 'config',
    meaning: 'The raw or provider context cannot be used with that callout.',
  },
  {
    value: 0x80320030,
    name: 'FWP_E_INCOMPATIBLE_AUTH_METHOD',
    class: 'config',
    meaning:
      'The authentication method is not allowed for that policy type (for example EAP outside IKEv2, SSL outside AuthIP).',
  },
  {
    value: 0x80320031,
    name: 'FWP_E_INCOMPATIBLE_DH_GROUP',
    class: 'config',
    meaning: 'The Diffie-Hellman group is not allowed for that policy type (for example "none" outside AuthIP).',
  },
  {
    value: 0x80320032,
    name: 'FWP_E_EM_NOT_SUPPORTED',
    class: 'config',
    meaning: 'An extended-mode policy was attached to a policy that is not AuthIP.',
  },
  {
    value: 0x80320033,
    name: 'FWP_E_NEVER_MATCH',
    class: 'bug',
    meaning: 'The enumeration template or subscription can match nothing.',
  },
  {
    value: 0x80320034,
    name: 'FWP_E_PROVIDER_CONTEXT_MISMATCH',
    class: 'config',
    meaning:
      'The provider context has the wrong type for that use (for example a QM context passed as mainModePolicy).',
  },
  {
    value: 0x80320035,
    name: 'FWP_E_INVALID_PARAMETER',
    class: 'config',
    meaning:
      'A parameter is wrong. Documented cases: a tunnel without POINT_TO_POINT whose conditions go beyond local/remote address; a string that is not valid or printable Unicode.',
  },
  {
    value: 0x80320036,
    name: 'FWP_E_TOO_MANY_SUBLAYERS',
    class: 'limit',
    meaning: 'The sublayer limit (65,536) was reached.',
  },
  {
    value: 0x80320037,
    name: 'FWP_E_CALLOUT_NOTIFICATION_FAILED',
    class: 'external',
    meaning: 'A callout driver rejected the change in its notify function.',
  },
  {
    value: 0x80320038,
    name: 'FWP_E_INVALID_AUTH_TRANSFORM',
    class: 'config',
    meaning: 'authType and authConfig do not form a valid pair.',
  },
  {
    value: 0x80320039,
    name: 'FWP_E_INVALID_CIPHER_TRANSFORM',
    class: 'config',
    meaning: 'cipherType and cipherConfig do not form a valid pair.',
  },
  {
    value: 0x8032003a,
    name: 'FWP_E_INCOMPATIBLE_CIPHER_TRANSFORM',
    class: 'config',
    meaning: 'The cipher transform does not suit the policy.',
  },
  {
    value: 0x8032003b,
    name: 'FWP_E_INVALID_TRANSFORM_COMBINATION',
    class: 'config',
    meaning: 'The transforms of one proposal do not go together (two are allowed only for AH plus ESP).',
  },
  {
    value: 0x8032003c,
    name: 'FWP_E_DUPLICATE_AUTH_METHOD',
    class: 'config',
    meaning: 'One policy lists an authentication method twice.',
  },
  {
    value: 0x8032003d,
    name: 'FWP_E_INVALID_TUNNEL_ENDPOINT',
    class: 'config',
    meaning: 'The tunnel endpoints are not acceptable (which checks run is not documented).',
  },
  {
    value: 0x8032003e,
    name: 'FWP_E_L2_DRIVER_NOT_READY',
    class: 'transient',
    meaning: 'MAC-layer filtering is not ready.',
  },
  {
    value: 0x8032003f,
    name: 'FWP_E_KEY_DICTATOR_ALREADY_REGISTERED',
    class: 'conflict',
    meaning:
      'A key manager able to dictate keys is already registered. The header has this code; the function page names FWP_E_ALREADY_EXISTS instead: handle both.',
    help: 'only one dictating key manager may be registered on a machine; stop the other one',
  },
  {
    value: 0x80320040,
    name: 'FWP_E_KEY_DICTATION_INVALID_KEYING_MATERIAL',
    class: 'external',
    meaning: 'A key manager dictated keys that are not valid.',
  },
  {
    value: 0x80320041,
    name: 'FWP_E_CONNECTIONS_DISABLED',
    class: 'config',
    meaning: 'IPsec connection tracking is switched off.',
  },
  {
    value: 0x80320042,
    name: 'FWP_E_INVALID_DNS_NAME',
    class: 'config',
    meaning: 'A DNS name is not valid (remoteFqdn is the only DNS name in a tunnel policy).',
  },
  {
    value: 0x80320043,
    name: 'FWP_E_STILL_ON',
    class: 'config',
    meaning:
      'The engine option stays on because of another setting (documented for FWPM_ENGINE_MONITOR_IPSEC_CONNECTIONS).',
  },
  {
    value: 0x80320044,
    name: 'FWP_E_IKEEXT_NOT_RUNNING',
    class: 'config',
    meaning: 'The IKEEXT service is not running; it runs only while IPsec policy exists on the machine.',
  },
  {
    value: 0x80320104,
    name: 'FWP_E_DROP_NOICMP',
    class: 'n/a',
    meaning: 'Classify-time status: drop without ICMP. Not returned by management calls.',
  },
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
