/* Key managers, and negotiations to call them with. The callbacks come from threads of this library. */
#include "engine.h"
#include <stdlib.h>
#include <string.h>

#if TEST_DLL_LEVEL >= 2

enum { DEFAULT_HINT = 5, LONGEST_HINT = 10, KEY_SIZE = 36 };

struct manager {
  struct handle handle;
  struct image image;
  IPSEC_KEY_MANAGER_CALLBACKS0 callbacks;
  UINT32 calls; /* running */
  HANDLE mark;
};

static CONDITION_VARIABLE quiet = CONDITION_VARIABLE_INIT;

static const IPSEC_KEY_MANAGER0 *manager_of(const struct image *image) { return (const IPSEC_KEY_MANAGER0 *)image->bytes; }
static BOOL dictates(const IPSEC_KEY_MANAGER0 *manager) { return manager->flags & IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY; }

/* ---- registering ----------------------------------------------------------------------------------------------------------------- */

static DWORD check_callbacks(BOOL dictator, const IPSEC_KEY_MANAGER_CALLBACKS0 *callbacks) {
  if (!IsEqualGUID(&callbacks->reserved, &NO_GUID)) return FWP_E_RESERVED;
  if (callbacks->flags) return FWP_E_INVALID_FLAGS;
  if (!callbacks->keyNotify) return FWP_E_NULL_POINTER;
  if (dictator) return callbacks->keyDictation && callbacks->keyDictationCheck ? ERROR_SUCCESS : FWP_E_NULL_POINTER;
  return callbacks->keyDictation || callbacks->keyDictationCheck ? FWP_E_INVALID_PARAMETER : ERROR_SUCCESS;
}

static DWORD check_manager(const struct image *image, const IPSEC_KEY_MANAGER_CALLBACKS0 *callbacks) {
  const IPSEC_KEY_MANAGER0 *manager = manager_of(image);
  if (switched(SWITCH_INTEGRITY, L"fail")) return SEC_E_CANNOT_INSTALL;
  DWORD status = check_name(&manager->displayData, image->bytes);
  if (!status && manager->flags & ~(UINT32)IPSEC_KEY_MANAGER_FLAG_DICTATE_KEY) status = FWP_E_INVALID_FLAGS;
  if (!status && manager->keyDictationTimeoutHint > LONGEST_HINT) status = FWP_E_INVALID_INTERVAL;
  return status ? status : check_callbacks(dictates(manager), callbacks);
}

struct rivals {
  const IPSEC_KEY_MANAGER0 *manager;
  DWORD status;
};

static void compare_rival(const BYTE *bytes, UINT32 size, void *context) {
  struct rivals *rivals = context;
  const IPSEC_KEY_MANAGER0 *other = (const IPSEC_KEY_MANAGER0 *)bytes;
  if (size < sizeof *other || rivals->status) return;
  if (IsEqualGUID(&other->keyManagerKey, &rivals->manager->keyManagerKey)) rivals->status = FWP_E_ALREADY_EXISTS;
  else if (dictates(other) && dictates(rivals->manager)) rivals->status = FWP_E_KEY_DICTATOR_ALREADY_REGISTERED;
}

/* With a shared folder every manager has a mark there, ours too. */
static void each_manager(void (*visit)(const BYTE *bytes, UINT32 size, void *context), void *context) {
  for (struct handle *at = handles; at; at = at->next) {
    struct manager *manager = (struct manager *)at;
    if (at->kind == HANDLE_KEY_MANAGER && manager->mark == INVALID_HANDLE_VALUE) visit(manager->image.bytes, manager->image.size, context);
  }
  store_each_mark(L"keymanager", visit, context);
}

static DWORD WINAPI negotiate_again_and_again(void *handle);

static void start_negotiations(HANDLE handle) {
  wchar_t interval[16];
  if (variable(L"NEGOTIATE", interval, 16)) CloseHandle(CreateThread(NULL, 0, negotiate_again_and_again, handle, 0, NULL));
}

static DWORD add_manager(struct session *session, struct image *image, const IPSEC_KEY_MANAGER_CALLBACKS0 *callbacks, HANDLE *keyMgmtHandle) {
  struct rivals rivals = {manager_of(image), ERROR_SUCCESS};
  each_manager(compare_rival, &rivals);
  if (rivals.status) return rivals.status;
  struct manager *manager = handle_new(HANDLE_KEY_MANAGER, sizeof *manager, session);
  if (IsEqualGUID(&manager_of(image)->keyManagerKey, &NO_GUID)) CoCreateGuid(&((IPSEC_KEY_MANAGER0 *)image->bytes)->keyManagerKey);
  manager->image = *image;
  manager->callbacks = *callbacks;
  manager->mark = store_mark(L"keymanager", &manager_of(image)->keyManagerKey, image->bytes, image->size);
  *image = (struct image){0};
  *keyMgmtHandle = manager->handle.value;
  start_negotiations(manager->handle.value);
  return ERROR_SUCCESS;
}

static void trace_manager(struct trace *trace, const char *call, const struct image *image, const IPSEC_KEY_MANAGER_CALLBACKS0 *callbacks) {
  trace_call(trace, call);
  trace_image(trace, "keyManager", &shape_IPSEC_KEY_MANAGER0, image);
  if (!callbacks || !readable(callbacks, sizeof *callbacks)) return;
  trace_number(trace, "keyDictationCheck", callbacks->keyDictationCheck != NULL);
  trace_number(trace, "keyDictation", callbacks->keyDictation != NULL);
  trace_number(trace, "keyNotify", callbacks->keyNotify != NULL);
}

EXPORT DWORD WINAPI IPsecKeyManagerAddAndRegister0(HANDLE engineHandle, const IPSEC_KEY_MANAGER0 *keyManager,
                                                   const IPSEC_KEY_MANAGER_CALLBACKS0 *keyManagerCallbacks, HANDLE *keyMgmtHandle) {
  struct session *session;
  struct trace trace;
  struct image image;
  DWORD status = image_take(&image, &shape_IPSEC_KEY_MANAGER0, keyManager, 1);
  trace_manager(&trace, __func__, &image, keyManagerCallbacks);
  if (!status && (!keyManagerCallbacks || !keyMgmtHandle)) status = RPC_X_NULL_REF_POINTER;
  if (!status && !readable(keyManagerCallbacks, sizeof *keyManagerCallbacks)) status = ERROR_NOACCESS;
  if (!status) status = outside_begin(engineHandle, __func__, &session);
  if (!status) {
    status = check_manager(&image, keyManagerCallbacks);
    if (!status) status = add_manager(session, &image, keyManagerCallbacks, keyMgmtHandle);
    guard_leave();
  }
  image_free(&image);
  return trace_end(&trace, status);
}

/* Inside the guard; waits for callbacks that are running. */
static void remove_manager(struct manager *manager) {
  manager->handle.kind = (enum handle_kind)-1; /* nobody finds it any more */
  if (manager->mark != INVALID_HANDLE_VALUE) CloseHandle(manager->mark);
  while (manager->calls) SleepConditionVariableCS(&quiet, &guard, INFINITE);
  image_free(&manager->image);
  handle_free(manager);
}

void key_managers_cancel(struct session *session) {
  for (struct handle *at = handles; at;) {
    struct handle *next = at->next;
    if (at->kind == HANDLE_KEY_MANAGER && at->session == session) {
      remove_manager((struct manager *)at);
      next = handles;
    }
    at = next;
  }
}

EXPORT DWORD WINAPI IPsecKeyManagerUnregisterAndDelete0(HANDLE engineHandle, HANDLE keyMgmtHandle) {
  struct session *session;
  struct trace trace;
  trace_call(&trace, __func__);
  DWORD status = outside_begin(engineHandle, __func__, &session);
  if (status) return trace_end(&trace, status);
  struct manager *manager = handle_find(HANDLE_KEY_MANAGER, keyMgmtHandle);
  if (manager && manager->handle.session == session) remove_manager(manager);
  else status = ERROR_INVALID_HANDLE;
  guard_leave();
  return trace_end(&trace, status);
}

struct listing {
  struct image *images;
  UINT32 count;
};

static void list_manager(const BYTE *bytes, UINT32 size, void *context) {
  struct listing *listing = context;
  BYTE *copy = malloc(size);
  listing->images = realloc(listing->images, (listing->count + 1) * sizeof *listing->images);
  listing->images[listing->count++] = (struct image){.bytes = memcpy(copy, bytes, size), .size = size};
}

static DWORD check_listing(const struct session *session) {
  if (switched(SWITCH_MANAGER_LIST, L"denied")) return ERROR_ACCESS_DENIED;
  BOOL outside = session->transaction == TRANSACTION_NONE || !switched(SWITCH_MANAGER_LIST, L"outside");
  return outside ? ERROR_SUCCESS : FWP_E_TXN_IN_PROGRESS;
}

EXPORT DWORD WINAPI IPsecKeyManagersGet0(HANDLE engineHandle, IPSEC_KEY_MANAGER0 ***entries, UINT32 *numEntries) {
  struct session *session;
  const struct table *table;
  struct listing listing = {0};
  if (!entries || !numEntries) return RPC_X_NULL_REF_POINTER;
  DWORD status = view_begin(engineHandle, __func__, &session, &table);
  if (status) return status;
  status = check_listing(session);
  if (!status) {
    each_manager(list_manager, &listing);
    status = result_images(listing.images, listing.count, &shape_IPSEC_KEY_MANAGER0, (void ***)entries);
    *numEntries = listing.count;
  }
  guard_leave();
  for (UINT32 i = 0; i < listing.count; i++) image_free(&listing.images[i]);
  free(listing.images);
  return status;
}

/* ---- negotiations -------------------------------------------------------------------------------------------------------------------- */

struct negotiation {
  IKEEXT_TRAFFIC0 traffic;
  IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0 keys[2];
  IPSEC_SA0 sa[2];
  IPSEC_SA_DETAILS1 details[2]; /* inbound, outbound */
  BYTE material[2][KEY_SIZE];
};

static void fill_material(BYTE *bytes, BYTE start) {
  for (int i = 0; i < KEY_SIZE; i++) bytes[i] = (BYTE)(start + i);
}

/* AES-128 with SHA-1: 16 and 20 bytes of key, in the buffers a dictating manager may fill. */
static void prepare_side(struct negotiation *n, int side, UINT64 tunnelPolicyId) {
  IPSEC_SA_AUTH_AND_CIPHER_INFORMATION0 *keys = &n->keys[side];
  fill_material(n->material[side], side ? 0x80 : 0x10);
  keys->saCipherInformation.cipherTransform.cipherTransformId = (IPSEC_CIPHER_TRANSFORM_ID0){IPSEC_CIPHER_TYPE_AES_128, 3};
  keys->saCipherInformation.cipherKey = (FWP_BYTE_BLOB){16, n->material[side]};
  keys->saAuthInformation.authTransform.authTransformId = (IPSEC_AUTH_TRANSFORM_ID0){IPSEC_AUTH_SHA_1, 1};
  keys->saAuthInformation.authKey = (FWP_BYTE_BLOB){20, n->material[side] + 16};
  n->sa[side] = (IPSEC_SA0){.spi = 0x1000u + (UINT32)side, .saTransformType = IPSEC_TRANSFORM_ESP_AUTH_AND_CIPHER, .espAuthAndCipherInformation = keys};
  n->details[side].ipVersion = FWP_IP_VERSION_V4;
  n->details[side].saDirection = side ? FWP_DIRECTION_OUTBOUND : FWP_DIRECTION_INBOUND;
  n->details[side].traffic = (IPSEC_TRAFFIC1){.ipVersion = FWP_IP_VERSION_V4, .localV4Address = n->traffic.localV4Address,
                                              .remoteV4Address = n->traffic.remoteV4Address, .trafficType = IPSEC_TRAFFIC_TYPE_TUNNEL,
                                              .tunnelPolicyId = tunnelPolicyId};
  n->details[side].saBundle = (IPSEC_SA_BUNDLE1){.lifetime = {3600, 100000, 0x7fffffff}, .numSAs = 1, .saList = &n->sa[side],
                                                 .ipVersion = FWP_IP_VERSION_V4, .mmSaId = 7, .qmFilterId = 9};
}

static void prepare(struct negotiation *n, UINT64 tunnelPolicyId) {
  memset(n, 0, sizeof *n);
  n->traffic = (IKEEXT_TRAFFIC0){.ipVersion = FWP_IP_VERSION_V4, .localV4Address = 0xCB007101, .remoteV4Address = 0xC6336401};
  prepare_side(n, 0, tunnelPolicyId);
  prepare_side(n, 1, tunnelPolicyId);
}

/* Callbacks run outside the guard; `calls` keeps their manager alive meanwhile. */
static struct manager *enter_manager(HANDLE handle) {
  EnterCriticalSection(&guard);
  struct manager *manager = handle_find(HANDLE_KEY_MANAGER, handle);
  if (manager) manager->calls++;
  guard_leave();
  return manager;
}

static void leave_manager(struct manager *manager) {
  EnterCriticalSection(&guard);
  manager->calls--;
  WakeAllConditionVariable(&quiet);
  guard_leave();
}

static BOOL ask(struct manager *manager, struct negotiation *n) {
  struct trace trace;
  BOOL will = FALSE;
  UINT32 weight = 0;
  ULONGLONG start = GetTickCount64();
  manager->callbacks.keyDictationCheck(&n->traffic, &will, &weight);
  trace_event(&trace, "keyDictationCheck");
  trace_guid(&trace, "keyManager", &manager_of(&manager->image)->keyManagerKey);
  trace_live(&trace, "ikeTraffic", &shape_IKEEXT_TRAFFIC0, (const BYTE *)&n->traffic);
  trace_number(&trace, "willDictateKey", (UINT32)will);
  trace_number(&trace, "weight", weight);
  trace_number(&trace, "milliseconds", GetTickCount64() - start);
  trace_end(&trace, ERROR_SUCCESS);
  return will;
}

/* A failed or late answer is not used: the keying module makes keys of its own. */
static void dictate(struct manager *manager, struct negotiation *n, UINT64 tunnelPolicyId) {
  struct trace trace;
  BOOL generate = FALSE;
  UINT32 hint = manager_of(&manager->image)->keyDictationTimeoutHint ? manager_of(&manager->image)->keyDictationTimeoutHint : DEFAULT_HINT;
  ULONGLONG start = GetTickCount64();
  DWORD status = manager->callbacks.keyDictation(&n->details[0], &n->details[1], &generate);
  ULONGLONG took = GetTickCount64() - start;
  BOOL late = took > hint * 1000ull;
  trace_event(&trace, "keyDictation");
  trace_guid(&trace, "keyManager", &manager_of(&manager->image)->keyManagerKey);
  trace_live(&trace, "inboundSaDetails", &shape_IPSEC_SA_DETAILS1, (const BYTE *)&n->details[0]);
  trace_live(&trace, "outboundSaDetails", &shape_IPSEC_SA_DETAILS1, (const BYTE *)&n->details[1]);
  trace_number(&trace, "keyingModuleGenKey", (UINT32)generate);
  trace_number(&trace, "milliseconds", took);
  trace_number(&trace, "late", (UINT32)late);
  trace_number(&trace, "used", !status && !late && !generate);
  trace_end(&trace, status);
  if (status || late || generate) prepare(n, tunnelPolicyId);
}

static void tell(struct manager *manager, struct negotiation *n) {
  struct trace trace;
  ULONGLONG start = GetTickCount64();
  manager->callbacks.keyNotify(&n->details[0], &n->details[1]);
  trace_event(&trace, "keyNotify");
  trace_guid(&trace, "keyManager", &manager_of(&manager->image)->keyManagerKey);
  trace_live(&trace, "inboundSa", &shape_IPSEC_SA_DETAILS1, (const BYTE *)&n->details[0]);
  trace_live(&trace, "outboundSa", &shape_IPSEC_SA_DETAILS1, (const BYTE *)&n->details[1]);
  trace_number(&trace, "milliseconds", GetTickCount64() - start);
  trace_end(&trace, ERROR_SUCCESS);
}

static UINT32 manager_handles(HANDLE *list, UINT32 room) {
  UINT32 count = 0;
  EnterCriticalSection(&guard);
  for (struct handle *at = handles; at && count < room; at = at->next)
    if (at->kind == HANDLE_KEY_MANAGER) list[count++] = at->value;
  guard_leave();
  return count;
}

static void negotiate(UINT64 tunnelPolicyId) {
  struct negotiation n;
  HANDLE list[16];
  UINT32 count = manager_handles(list, 16);
  prepare(&n, tunnelPolicyId);
  for (UINT32 i = 0; i < count; i++) {
    struct manager *manager = enter_manager(list[i]);
    if (!manager) continue;
    if (dictates(manager_of(&manager->image)) && ask(manager, &n)) dictate(manager, &n, tunnelPolicyId);
    leave_manager(manager);
  }
  for (UINT32 i = 0; i < count; i++) {
    struct manager *manager = enter_manager(list[i]);
    if (!manager) continue;
    tell(manager, &n);
    leave_manager(manager);
  }
}

static DWORD WINAPI negotiate_once(void *tunnelPolicyId) {
  negotiate((UINT64)tunnelPolicyId);
  return 0;
}

/* With WFPCTL_TEST_DLL_NEGOTIATE=MILLISECONDS: as long as the manager is registered. */
static DWORD WINAPI negotiate_again_and_again(void *handle) {
  wchar_t interval[16];
  variable(L"NEGOTIATE", interval, 16);
  for (;;) {
    Sleep((DWORD)_wtoi(interval));
    EnterCriticalSection(&guard);
    BOOL there = handle_find(HANDLE_KEY_MANAGER, handle) != NULL;
    guard_leave();
    if (!there) return 0;
    negotiate(1);
  }
}

/* Starts a negotiation on a new thread, for every registered manager; what they answered stands in the trace. */
EXPORT void WINAPI WfpctlTestNegotiate(UINT64 tunnelPolicyId) {
  CloseHandle(CreateThread(NULL, 0, negotiate_once, (void *)tunnelPolicyId, 0, NULL));
}

#else

void key_managers_cancel(struct session *session) { (void)session; }

#endif
