/* Enumerations: a snapshot taken when the handle is made, read in pages. */
#include "engine.h"
#include <stdlib.h>

enum { ENUM_SESSIONS = KIND_FILTER + 1 };

struct enumeration {
  struct handle handle;
  UINT32 what, position, count;
  struct table table;    /* objects */
  struct image *images;  /* sessions */
};

/* ---- which objects -------------------------------------------------------------------------------------------------------- */

static BOOL same_provider(const struct object *object, const GUID *wanted) {
  const GUID *key = object_provider_key(object);
  return !wanted || (key && IsEqualGUID(key, wanted));
}

static BOOL context_matches(const struct object *object, const FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0 *template) {
  if (!template) return TRUE;
  return object_context(object)->type == template->providerContextType && same_provider(object, template->providerKey);
}

static BOOL filter_context_matches(const struct table *table, const FWPM_FILTER0 *filter, const FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0 *template) {
  if (!template) return TRUE;
  if (!(filter->flags & FWPM_FILTER_FLAG_HAS_PROVIDER_CONTEXT)) return FALSE;
  const struct object *context = table_find(table, KIND_CONTEXT, &filter->providerContextKey);
  return context && context_matches(context, template);
}

/* A template always means one layer; an action mask of 0 matches nothing. Conditions are not looked at. */
static BOOL filter_matches(const struct table *table, const struct object *object, const FWPM_FILTER_ENUM_TEMPLATE0 *template) {
  if (!template) return TRUE;
  const FWPM_FILTER0 *filter = object_filter(object);
  if (!IsEqualGUID(&filter->layerKey, &template->layerKey) || !(filter->action.type & template->actionMask)) return FALSE;
  if (template->calloutKey && !IsEqualGUID(&filter->action.calloutKey, template->calloutKey)) return FALSE;
  return same_provider(object, template->providerKey) && filter_context_matches(table, filter, template->providerContextTemplate);
}

static BOOL matches(const struct table *table, const struct object *object, UINT32 kind, const void *template) {
  if (object->head.kind != kind) return FALSE;
  if (kind == KIND_CONTEXT) return context_matches(object, template);
  return kind != KIND_FILTER || filter_matches(table, object, template);
}

/* ---- objects ----------------------------------------------------------------------------------------------------------------- */

static const GUID *owner_of(UINT32 kind, const void *template) {
  if (!template || kind == KIND_PROVIDER) return NULL;
  return kind == KIND_CONTEXT ? ((const FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0 *)template)->providerKey
                              : ((const FWPM_FILTER_ENUM_TEMPLATE0 *)template)->providerKey;
}

static BOOL names_nobody(const struct table *table, const GUID *owner) {
  return owner && switched(SWITCH_TEMPLATES, L"strict") && !table_find(table, KIND_PROVIDER, owner);
}

static DWORD create(HANDLE engine, const char *call, UINT32 kind, const void *template, HANDLE *enumHandle) {
  struct session *session;
  const struct table *table;
  DWORD status = view_begin(engine, call, &session, &table);
  if (status) return status;
  if (names_nobody(table, owner_of(kind, template))) {
    guard_leave();
    return FWP_E_PROVIDER_NOT_FOUND;
  }
  struct enumeration *enumeration = handle_new(HANDLE_ENUMERATION, sizeof *enumeration, session);
  enumeration->what = kind;
  for (UINT32 i = 0; i < table->count; i++) {
    if (!matches(table, table->objects[i], kind, template)) continue;
    InterlockedIncrement(&table->objects[i]->references);
    table_add(&enumeration->table, table->objects[i]);
  }
  enumeration->count = enumeration->table.count;
  *enumHandle = enumeration->handle.value;
  guard_leave();
  return ERROR_SUCCESS;
}

static DWORD create_with(HANDLE engine, const char *call, UINT32 kind, const struct shape *shape, const void *template, HANDLE *enumHandle) {
  struct image image = {0};
  if (!enumHandle) return RPC_X_NULL_REF_POINTER;
  DWORD status = template ? image_take(&image, shape, template, 1) : ERROR_SUCCESS;
  if (!status && template) image_place(shape, image.bytes, image.bytes, FALSE);
  if (!status) status = create(engine, call, kind, image.bytes, enumHandle);
  image_free(&image);
  return status;
}

static DWORD enumeration_begin(HANDLE engine, const char *call, HANDLE enumHandle, UINT32 what, struct enumeration **enumeration) {
  struct session *session;
  const struct table *table;
  DWORD status = view_begin(engine, call, &session, &table);
  if (status) return status;
  *enumeration = handle_find(HANDLE_ENUMERATION, enumHandle);
  if (*enumeration && (*enumeration)->what == what && (*enumeration)->handle.session == session) return ERROR_SUCCESS;
  guard_leave();
  return ERROR_INVALID_HANDLE;
}

static DWORD page(HANDLE engine, const char *call, HANDLE enumHandle, UINT32 what, const struct shape *shape, UINT32 requested,
                  void ***entries, UINT32 *returned) {
  struct enumeration *enumeration;
  if (!entries || !returned) return RPC_X_NULL_REF_POINTER;
  DWORD status = enumeration_begin(engine, call, enumHandle, what, &enumeration);
  if (status) return status;
  UINT32 left = enumeration->count - enumeration->position, count = requested < left ? requested : left;
  if (what == ENUM_SESSIONS) status = result_images(enumeration->images + enumeration->position, count, shape, entries);
  else status = result_objects(enumeration->table.objects + enumeration->position, count, shape, entries);
  if (!status) enumeration->position += *returned = count;
  guard_leave();
  return status;
}

static void free_enumeration(struct enumeration *enumeration) {
  table_free(&enumeration->table);
  for (UINT32 i = 0; enumeration->images && i < enumeration->count; i++) image_free(&enumeration->images[i]);
  free(enumeration->images);
  handle_free(enumeration);
}

void enumerations_cancel(struct session *session) {
  for (struct handle *at = handles, *next; at; at = next) {
    next = at->next;
    if (at->kind == HANDLE_ENUMERATION && at->session == session) free_enumeration((struct enumeration *)at);
  }
}

static DWORD destroy(HANDLE engine, const char *call, HANDLE enumHandle, UINT32 what) {
  struct enumeration *enumeration;
  DWORD status = enumeration_begin(engine, call, enumHandle, what, &enumeration);
  if (status) return status;
  free_enumeration(enumeration);
  guard_leave();
  return fault_leave(ERROR_SUCCESS);
}

#define ENUMERATION(name, type, what) \
  EXPORT DWORD WINAPI Fwpm##name##CreateEnumHandle0(HANDLE engineHandle, const type##_ENUM_TEMPLATE0 *enumTemplate, HANDLE *enumHandle) { \
    return create_with(engineHandle, __func__, what, &shape_##type##_ENUM_TEMPLATE0, enumTemplate, enumHandle); \
  } \
  EXPORT DWORD WINAPI Fwpm##name##DestroyEnumHandle0(HANDLE engineHandle, HANDLE enumHandle) { \
    return destroy(engineHandle, __func__, enumHandle, what); \
  }

#define PAGES(name, type, n, what) \
  EXPORT DWORD WINAPI Fwpm##name##Enum##n(HANDLE engineHandle, HANDLE enumHandle, UINT32 numEntriesRequested, type##n ***entries, \
                                          UINT32 *numEntriesReturned) { \
    return page(engineHandle, __func__, enumHandle, what, &shape_##type##n, numEntriesRequested, (void ***)entries, numEntriesReturned); \
  }

ENUMERATION(Provider, FWPM_PROVIDER, KIND_PROVIDER)
ENUMERATION(ProviderContext, FWPM_PROVIDER_CONTEXT, KIND_CONTEXT)
ENUMERATION(Filter, FWPM_FILTER, KIND_FILTER)
PAGES(Provider, FWPM_PROVIDER, 0, KIND_PROVIDER)
PAGES(Filter, FWPM_FILTER, 0, KIND_FILTER)
PAGES(ProviderContext, FWPM_PROVIDER_CONTEXT, 0, KIND_CONTEXT)
PAGES(ProviderContext, FWPM_PROVIDER_CONTEXT, 1, KIND_CONTEXT)
#if TEST_DLL_LEVEL >= 2
PAGES(ProviderContext, FWPM_PROVIDER_CONTEXT, 2, KIND_CONTEXT)
#endif
#if TEST_DLL_LEVEL >= 3
PAGES(ProviderContext, FWPM_PROVIDER_CONTEXT, 3, KIND_CONTEXT)
#endif

/* ---- sessions: those of this process ------------------------------------------------------------------------------------------- */

static void describe(const struct session *session, struct image *image) {
  FWPM_SESSION0 shown = {.sessionKey = session->key,
                         .displayData = {.name = session->name},
                         .flags = session->flags,
                         .txnWaitTimeoutInMSec = session->wait,
                         .processId = GetCurrentProcessId()};
  image_take(image, &shape_FWPM_SESSION0, &shown, 1);
}

EXPORT DWORD WINAPI FwpmSessionCreateEnumHandle0(HANDLE engineHandle, const FWPM_SESSION_ENUM_TEMPLATE0 *enumTemplate, HANDLE *enumHandle) {
  struct session *session;
  const struct table *table;
  UINT32 count = 0;
  (void)enumTemplate;
  if (!enumHandle) return RPC_X_NULL_REF_POINTER;
  DWORD status = view_begin(engineHandle, __func__, &session, &table);
  if (status) return status;
  for (struct handle *at = handles; at; at = at->next) count += at->kind == HANDLE_SESSION;
  struct enumeration *enumeration = handle_new(HANDLE_ENUMERATION, sizeof *enumeration, session);
  enumeration->what = ENUM_SESSIONS;
  enumeration->images = calloc(count, sizeof *enumeration->images);
  for (struct handle *at = handles; at; at = at->next)
    if (at->kind == HANDLE_SESSION) describe((struct session *)at, &enumeration->images[enumeration->count++]);
  *enumHandle = enumeration->handle.value;
  guard_leave();
  return ERROR_SUCCESS;
}

PAGES(Session, FWPM_SESSION, 0, ENUM_SESSIONS)

EXPORT DWORD WINAPI FwpmSessionDestroyEnumHandle0(HANDLE engineHandle, HANDLE enumHandle) {
  return destroy(engineHandle, __func__, enumHandle, ENUM_SESSIONS);
}
