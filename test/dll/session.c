/* Sessions, transactions and the changes made in them. */
#include "engine.h"
#include <stdlib.h>
#include <string.h>

enum { DEFAULT_WAIT = 15000 };

CRITICAL_SECTION guard;
struct handle *handles;

void guard_leave(void) { LeaveCriticalSection(&guard); }

void *handle_new(enum handle_kind kind, UINT32 size, struct session *session) {
  static UINT64 last = 0x100;
  struct handle *handle = calloc(1, size);
  handle->kind = kind;
  handle->value = (HANDLE)(last += 4);
  handle->session = session ? session : (struct session *)handle;
  handle->next = handles;
  handles = handle;
  return handle;
}

void *handle_find(enum handle_kind kind, HANDLE value) {
  for (struct handle *at = handles; at; at = at->next)
    if (at->kind == kind && at->value == value) return at;
  return NULL;
}

void handle_free(void *handle) {
  for (struct handle **at = &handles; *at; at = &(*at)->next) {
    if (*at != handle) continue;
    *at = (*at)->next;
    free(handle);
    return;
  }
}

/* ---- opening and closing ---------------------------------------------------------------------------------------------- */

static DWORD check_session(const FWPM_SESSION0 *asked) {
  if (asked->flags & ~(UINT32)FWPM_SESSION_FLAG_DYNAMIC) return FWP_E_INVALID_FLAGS;
  if (!IsEqualGUID(&asked->sessionKey, &NO_GUID) && store_marked(L"session", &asked->sessionKey)) return FWP_E_ALREADY_EXISTS;
  return ERROR_SUCCESS;
}

static wchar_t *name_of(const struct image *image) {
  UINT64 offset = (UINT64)((const FWPM_SESSION0 *)image->bytes)->displayData.name;
  return offset ? _wcsdup((const wchar_t *)(image->bytes + offset)) : NULL;
}

static HANDLE open_session(const FWPM_SESSION0 *asked, wchar_t *name) {
  struct session *session = handle_new(HANDLE_SESSION, sizeof *session, NULL);
  session->key = asked->sessionKey;
  if (IsEqualGUID(&session->key, &NO_GUID)) CoCreateGuid(&session->key);
  session->name = name;
  session->flags = asked->flags;
  session->wait = asked->txnWaitTimeoutInMSec ? asked->txnWaitTimeoutInMSec : DEFAULT_WAIT;
  session->mark = store_mark(L"session", &session->key, NULL, 0);
  return session->handle.value;
}

EXPORT DWORD WINAPI FwpmEngineOpen0(const wchar_t *serverName, UINT32 authnService, void *authIdentity,
                                    const FWPM_SESSION0 *session, HANDLE *engineHandle) {
  static const FWPM_SESSION0 none;
  struct image image;
  DWORD status = fault_enter(__func__, NULL);
  if (!status && (serverName || authIdentity)) status = ERROR_NOT_SUPPORTED;
  if (!status && authnService != RPC_C_AUTHN_WINNT && authnService != RPC_C_AUTHN_DEFAULT) status = RPC_S_UNKNOWN_AUTHN_SERVICE;
  if (!status && !engineHandle) status = FWP_E_NULL_POINTER;
  if (status) return status;
  status = image_take(&image, &shape_FWPM_SESSION0, session ? session : &none, 1);
  if (!status) {
    EnterCriticalSection(&guard);
    status = check_session((const FWPM_SESSION0 *)image.bytes);
    if (!status) *engineHandle = open_session((const FWPM_SESSION0 *)image.bytes, name_of(&image));
    guard_leave();
  }
  image_free(&image);
  return fault_leave(status);
}

/* As work_begin and work_end, for what is no call of its own. */
static DWORD work_start(struct work *work, HANDLE engine);
static DWORD work_finish(struct work *work, DWORD status);

static void end_transaction(struct session *session) {
  for (UINT32 i = 0; i < session->changes.count; i++) object_release(session->changes.items[i].object);
  free(session->changes.items);
  session->changes = (struct changes){0};
  table_free(&session->table);
  if (session->transaction == TRANSACTION_WRITE) store_unlock();
  session->transaction = TRANSACTION_NONE;
}

/* The objects of a dynamic session go with it. */
static void delete_dynamic(HANDLE engine) {
  struct work work;
  if (work_start(&work, engine)) return;
  for (UINT32 i = work.table->count; i-- > 0;)
    if (IsEqualGUID(&work.table->objects[i]->head.owner, &work.session->key)) work_remove(&work, work.table->objects[i]);
  work_finish(&work, ERROR_SUCCESS);
}

static DWORD close_session(HANDLE engineHandle) {
  EnterCriticalSection(&guard);
  struct session *session = handle_find(HANDLE_SESSION, engineHandle);
  if (!session) {
    guard_leave();
    return ERROR_INVALID_HANDLE;
  }
  end_transaction(session);
  subscriptions_cancel(session);
  key_managers_cancel(session);
  guard_leave();
  if (session->flags & FWPM_SESSION_FLAG_DYNAMIC) delete_dynamic(engineHandle);
  EnterCriticalSection(&guard);
  enumerations_cancel(session);
  if (session->mark != INVALID_HANDLE_VALUE) CloseHandle(session->mark);
  free(session->name);
  handle_free(session);
  guard_leave();
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI FwpmEngineClose0(HANDLE engineHandle) {
  DWORD status = fault_enter(__func__, engineHandle);
  return status ? status : fault_leave(close_session(engineHandle));
}

void session_lose(HANDLE engine) { close_session(engine); }

static HANDLE any_session(void) {
  HANDLE found = NULL;
  EnterCriticalSection(&guard);
  for (struct handle *at = handles; at; at = at->next)
    if (at->kind == HANDLE_SESSION) found = at->value;
  guard_leave();
  return found;
}

void sessions_lose(void) {
  for (HANDLE session; (session = any_session());) close_session(session);
}

/* ---- transactions -------------------------------------------------------------------------------------------------------- */

static DWORD find_session(HANDLE engine, struct session **session) {
  *session = handle_find(HANDLE_SESSION, engine);
  return *session ? ERROR_SUCCESS : ERROR_INVALID_HANDLE;
}

static DWORD begin(HANDLE engine, UINT32 flags) {
  struct session *session;
  EnterCriticalSection(&guard);
  DWORD status = find_session(engine, &session);
  if (!status && flags & ~(UINT32)FWPM_TXN_READ_ONLY) status = FWP_E_INVALID_FLAGS;
  if (!status && session->transaction != TRANSACTION_NONE) status = FWP_E_TXN_IN_PROGRESS;
  UINT32 wait = status ? 0 : session->wait;
  guard_leave();
  if (status) return status;
  BOOL write = !(flags & FWPM_TXN_READ_ONLY);
  if (write && !store_lock(wait)) return FWP_E_TIMEOUT;
  EnterCriticalSection(&guard);
  status = find_session(engine, &session);
  if (!status) {
    table_copy(&session->table, store_committed());
    session->transaction = write ? TRANSACTION_WRITE : TRANSACTION_READ;
  } else if (write) store_unlock();
  guard_leave();
  return status;
}

EXPORT DWORD WINAPI FwpmTransactionBegin0(HANDLE engineHandle, UINT32 flags) {
  struct trace trace;
  DWORD status = fault_enter(__func__, engineHandle);
  if (!status) status = fault_leave(begin(engineHandle, flags));
  trace_call(&trace, __func__);
  trace_number(&trace, "flags", flags);
  return trace_end(&trace, status);
}

static DWORD commit(struct session *session) {
  if (session->transaction == TRANSACTION_WRITE) {
    DWORD status = store_commit(&session->table);
    if (status) return status;
    notify_changes(session, &session->changes);
  }
  end_transaction(session);
  return ERROR_SUCCESS;
}

static DWORD end(HANDLE engine, BOOL keep) {
  struct session *session;
  EnterCriticalSection(&guard);
  DWORD status = find_session(engine, &session);
  if (!status && session->transaction == TRANSACTION_NONE) status = FWP_E_NO_TXN_IN_PROGRESS;
  if (!status && keep) status = commit(session);
  else if (!status) end_transaction(session);
  guard_leave();
  return status;
}

static DWORD finish(HANDLE engine, const char *call, BOOL keep) {
  struct trace trace;
  DWORD status = fault_enter(call, engine);
  if (!status) status = fault_leave(end(engine, keep));
  trace_call(&trace, call);
  return trace_end(&trace, status);
}

EXPORT DWORD WINAPI FwpmTransactionCommit0(HANDLE engineHandle) { return finish(engineHandle, __func__, TRUE); }
EXPORT DWORD WINAPI FwpmTransactionAbort0(HANDLE engineHandle) { return finish(engineHandle, __func__, FALSE); }

/* ---- one call ---------------------------------------------------------------------------------------------------------------- */

static DWORD work_start(struct work *work, HANDLE engine) {
  *work = (struct work){0};
  EnterCriticalSection(&guard);
  DWORD status = find_session(engine, &work->session);
  if (!status && work->session->transaction == TRANSACTION_READ) status = FWP_E_INCOMPATIBLE_TXN;
  if (!status && work->session->transaction == TRANSACTION_NONE) {
    guard_leave();
    status = begin(engine, 0);
    if (status) return status;
    EnterCriticalSection(&guard);
    status = find_session(engine, &work->session);
    work->implicit = TRUE;
  }
  if (status) guard_leave();
  else work->table = &work->session->table;
  return status;
}

/* A call that is to have no effect is made all the same: what it did is taken back at its end. */
static void remember(struct work *work) {
  work->ignored = TRUE;
  work->changes_before = work->session->changes.count;
  table_copy(&work->before, work->table);
}

static void take_back(struct work *work) {
  struct changes *changes = &work->session->changes;
  while (changes->count > work->changes_before) object_release(changes->items[--changes->count].object);
  table_free(work->table);
  *work->table = work->before;
}

DWORD work_begin(struct work *work, HANDLE engine, const char *call) {
  DWORD status = fault_enter(call, engine);
  if (!status) status = work_start(work, engine);
  if (!status && fault_ignores()) remember(work);
  return status;
}

DWORD work_end(struct work *work, DWORD status) { return fault_leave(work_finish(work, status)); }

static DWORD work_finish(struct work *work, DWORD status) {
  if (work->ignored) take_back(work);
  if (work->implicit && !status) status = commit(work->session);
  if (work->implicit && status) end_transaction(work->session);
  guard_leave();
  return status;
}

static void note(struct work *work, FWPM_CHANGE_TYPE type, struct object *object) {
  struct changes *changes = &work->session->changes;
  if (changes->count == changes->room) {
    changes->room = changes->room * 2 + 16;
    changes->items = realloc(changes->items, changes->room * sizeof *changes->items);
  }
  InterlockedIncrement(&object->references);
  changes->items[changes->count++] = (struct change){type, object};
}

void work_add(struct work *work, struct object *object) {
  note(work, FWPM_CHANGE_ADD, object);
  table_add(work->table, object);
}

void work_remove(struct work *work, struct object *object) {
  note(work, FWPM_CHANGE_DELETE, object);
  table_remove(work->table, (UINT32)table_index(work->table, object));
}

DWORD view_begin(HANDLE engine, const char *call, struct session **session, const struct table **table) {
  DWORD status = fault_enter(call, engine);
  if (status) return status;
  EnterCriticalSection(&guard);
  status = find_session(engine, session);
  if (status) guard_leave();
  else *table = (*session)->transaction == TRANSACTION_NONE ? store_committed() : &(*session)->table;
  return status;
}

DWORD outside_begin(HANDLE engine, const char *call, struct session **session) {
  DWORD status = fault_enter(call, engine);
  if (status) return status;
  EnterCriticalSection(&guard);
  status = find_session(engine, session);
  if (!status && (*session)->transaction != TRANSACTION_NONE) status = FWP_E_TXN_IN_PROGRESS;
  if (status) guard_leave();
  return status;
}
