/* Change notifications. They come from one thread of this library, never from the caller's, and never for the changes a
   session made itself. Unsubscribing waits for a callback that is running. */
#include "engine.h"
#include <stdlib.h>

struct subscription {
  struct handle handle;
  enum kind kind;
  UINT32 flags;
  void *callback, *context;
  GUID *providerKey; /* of the template, or NULL */
  BOOL typed;
  FWPM_PROVIDER_CONTEXT_TYPE type;
};

struct event {
  struct event *next;
  HANDLE subscription;
  FWPM_CHANGE_TYPE type;
  enum kind kind;
  GUID key;
  UINT64 id;
};

static CONDITION_VARIABLE arrived = CONDITION_VARIABLE_INIT, finished = CONDITION_VARIABLE_INIT;
static struct event *first, **last = &first;
static HANDLE running;
static DWORD thread_id;

/* ---- the thread ------------------------------------------------------------------------------------------------------------- */

static void call(const struct subscription *subscription, const struct event *event) {
  if (event->kind == KIND_CONTEXT) {
    FWPM_PROVIDER_CONTEXT_CHANGE0 change = {.changeType = event->type, .providerContextKey = event->key, .providerContextId = event->id};
    ((FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0)subscription->callback)(subscription->context, &change);
  } else {
    FWPM_FILTER_CHANGE0 change = {.changeType = event->type, .filterKey = event->key, .filterId = event->id};
    ((FWPM_FILTER_CHANGE_CALLBACK0)subscription->callback)(subscription->context, &change);
  }
}

static void deliver(struct event *event) {
  struct subscription *subscription = handle_find(HANDLE_SUBSCRIPTION, event->subscription);
  if (!subscription) return;
  struct subscription copy = *subscription;
  running = event->subscription;
  guard_leave();
  call(&copy, event);
  EnterCriticalSection(&guard);
  running = NULL;
  WakeAllConditionVariable(&finished);
}

static DWORD WINAPI notify_thread(void *unused) {
  (void)unused;
  EnterCriticalSection(&guard);
  for (;;) {
    while (!first) SleepConditionVariableCS(&arrived, &guard, INFINITE);
    struct event *event = first;
    first = event->next;
    if (!first) last = &first;
    deliver(event);
    free(event);
  }
  return 0;
}

static void start_thread(void) {
  if (!thread_id) CloseHandle(CreateThread(NULL, 0, notify_thread, NULL, 0, &thread_id));
}

/* ---- what happened ------------------------------------------------------------------------------------------------------------ */

static BOOL wants(const struct subscription *subscription, const struct change *change) {
  const struct head *head = &change->object->head;
  UINT32 flag = change->type == FWPM_CHANGE_ADD ? FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_ADD : FWPM_SUBSCRIPTION_FLAG_NOTIFY_ON_DELETE;
  if (head->kind != subscription->kind || !(subscription->flags & flag)) return FALSE;
  if (subscription->typed && object_context(change->object)->type != subscription->type) return FALSE;
  const GUID *key = object_provider_key(change->object);
  return !subscription->providerKey || (key && IsEqualGUID(key, subscription->providerKey));
}

static void queue(const struct subscription *subscription, const struct change *change) {
  const struct head *head = &change->object->head;
  struct event *event = calloc(1, sizeof *event);
  *event = (struct event){NULL, subscription->handle.value, change->type, head->kind, head->key, head->id};
  *last = event;
  last = &event->next;
  WakeConditionVariable(&arrived);
}

void notify_changes(const struct session *session, struct changes *changes) {
  for (UINT32 i = 0; i < changes->count; i++) {
    for (struct handle *at = handles; at; at = at->next)
      if (at->kind == HANDLE_SUBSCRIPTION && at->session != session && wants((struct subscription *)at, &changes->items[i]))
        queue((struct subscription *)at, &changes->items[i]);
    object_release(changes->items[i].object);
  }
  free(changes->items);
  *changes = (struct changes){0};
}

/* ---- the calls ----------------------------------------------------------------------------------------------------------------- */

static DWORD subscribe(HANDLE engine, const char *name, struct subscription given, const GUID *providerKey, HANDLE *changeHandle) {
  struct session *session;
  if (!given.callback || !changeHandle) return FWP_E_NULL_POINTER;
  if (!given.flags || given.flags & ~3u) return FWP_E_INVALID_FLAGS;
  DWORD status = outside_begin(engine, name, &session);
  if (status) return status;
  struct subscription *subscription = handle_new(HANDLE_SUBSCRIPTION, sizeof *subscription, session);
  given.handle = subscription->handle;
  *subscription = given;
  if (providerKey) {
    subscription->providerKey = malloc(sizeof(GUID));
    *subscription->providerKey = *providerKey;
  }
  *changeHandle = subscription->handle.value;
  start_thread();
  guard_leave();
  return ERROR_SUCCESS;
}

EXPORT DWORD WINAPI FwpmProviderContextSubscribeChanges0(HANDLE engineHandle, const FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0 *subscription,
                                                         FWPM_PROVIDER_CONTEXT_CHANGE_CALLBACK0 callback, void *context, HANDLE *changeHandle) {
  struct image image;
  DWORD status = image_take(&image, &shape_FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0, subscription, 1);
  if (!status) {
    image_place(&shape_FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0, image.bytes, image.bytes, FALSE);
    const FWPM_PROVIDER_CONTEXT_ENUM_TEMPLATE0 *template = ((FWPM_PROVIDER_CONTEXT_SUBSCRIPTION0 *)image.bytes)->enumTemplate;
    struct subscription given = {.kind = KIND_CONTEXT, .flags = subscription->flags, .callback = (void *)callback, .context = context,
                                 .typed = template != NULL, .type = template ? template->providerContextType : 0};
    status = subscribe(engineHandle, __func__, given, template ? template->providerKey : NULL, changeHandle);
  }
  image_free(&image);
  return status;
}

EXPORT DWORD WINAPI FwpmFilterSubscribeChanges0(HANDLE engineHandle, const FWPM_FILTER_SUBSCRIPTION0 *subscription,
                                                FWPM_FILTER_CHANGE_CALLBACK0 callback, void *context, HANDLE *changeHandle) {
  struct image image;
  DWORD status = image_take(&image, &shape_FWPM_FILTER_SUBSCRIPTION0, subscription, 1);
  if (!status) {
    image_place(&shape_FWPM_FILTER_SUBSCRIPTION0, image.bytes, image.bytes, FALSE);
    const FWPM_FILTER_ENUM_TEMPLATE0 *template = ((FWPM_FILTER_SUBSCRIPTION0 *)image.bytes)->enumTemplate;
    struct subscription given = {.kind = KIND_FILTER, .flags = subscription->flags, .callback = (void *)callback, .context = context};
    status = subscribe(engineHandle, __func__, given, template ? template->providerKey : NULL, changeHandle);
  }
  image_free(&image);
  return status;
}

/* Inside the guard. Does not wait when called by the callback itself. */
static void cancel(struct subscription *subscription) {
  HANDLE value = subscription->handle.value;
  free(subscription->providerKey);
  handle_free(subscription);
  while (running == value && GetCurrentThreadId() != thread_id) SleepConditionVariableCS(&finished, &guard, INFINITE);
}

void subscriptions_cancel(struct session *session) {
  for (struct handle *at = handles, *next; at; at = next) {
    next = at->next;
    if (at->kind != HANDLE_SUBSCRIPTION || at->session != session) continue;
    cancel((struct subscription *)at);
    next = handles; /* the list may have changed while waiting */
  }
}

static DWORD unsubscribe(HANDLE engine, const char *name, enum kind kind, HANDLE changeHandle) {
  struct session *session;
  DWORD status = outside_begin(engine, name, &session);
  if (status) return status;
  struct subscription *subscription = handle_find(HANDLE_SUBSCRIPTION, changeHandle);
  if (subscription && subscription->kind == kind && subscription->handle.session == session) cancel(subscription);
  else status = ERROR_INVALID_HANDLE;
  guard_leave();
  return status;
}

EXPORT DWORD WINAPI FwpmProviderContextUnsubscribeChanges0(HANDLE engineHandle, HANDLE changeHandle) {
  return unsubscribe(engineHandle, __func__, KIND_CONTEXT, changeHandle);
}

EXPORT DWORD WINAPI FwpmFilterUnsubscribeChanges0(HANDLE engineHandle, HANDLE changeHandle) {
  return unsubscribe(engineHandle, __func__, KIND_FILTER, changeHandle);
}
