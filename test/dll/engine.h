/* The test engine: what it keeps, who may change it, and how the exported functions reach it. */
#pragma once
#include "image.h"
#include "json.h"
#include "sdk/fwperror.h"

#define EXPORT __declspec(dllexport)
#define NO_GUID ((GUID){0})

/* ---- objects: immutable once made, counted, shared by tables ------------------------------------------------------- */

enum kind { KIND_PROVIDER, KIND_CONTEXT, KIND_FILTER };

struct head {
  enum kind kind;
  UINT32 version; /* of a provider context: 0..3 */
  BOOL persistent;
  UINT32 image_size, sd_size;
  GUID key;
  UINT64 id;
  GUID owner;  /* key of the dynamic session it lives with, or zero */
  GUID tunnel; /* key of the tunnel it belongs to, or zero */
};

struct object {
  volatile LONG references;
  struct head head;
  BYTE bytes[]; /* the image, then the security descriptor */
};

struct table {
  UINT32 count, room;
  UINT64 next_id;
  struct object **objects;
};

struct object *object_new(const struct head *head, const BYTE *image, const BYTE *sd);
void object_release(struct object *object);
const struct shape *object_shape(const struct object *object);
BYTE *object_sd(struct object *object);
const FWPM_PROVIDER_CONTEXT0 *object_context(const struct object *object); /* the four versions look alike from outside */
const FWPM_FILTER0 *object_filter(const struct object *object);
const GUID *object_provider_key(const struct object *object); /* NULL when it names none */

void table_copy(struct table *to, const struct table *from);
void table_free(struct table *table);
void table_add(struct table *table, struct object *object);
void table_remove(struct table *table, UINT32 index);
struct object *table_find(const struct table *table, enum kind kind, const GUID *key);
struct object *table_find_id(const struct table *table, enum kind kind, UINT64 id);
INT64 table_index(const struct table *table, const struct object *object);

/* ---- the store: the committed table, in memory or in a folder that several processes share ---------------------------- */

void store_start(void);
BOOL store_lock(UINT32 milliseconds); /* the write lock; not to be called inside guard */
void store_unlock(void);
const struct table *store_committed(void); /* fresh, inside guard */
DWORD store_commit(const struct table *table);
HANDLE store_mark(const wchar_t *prefix, const GUID *key, const void *bytes, UINT32 size); /* a file that dies with us */
BOOL store_marked(const wchar_t *prefix, const GUID *key);
void store_each_mark(const wchar_t *prefix, void (*visit)(const BYTE *bytes, UINT32 size, void *context), void *context);

/* ---- handles --------------------------------------------------------------------------------------------------------- */

enum handle_kind { HANDLE_SESSION, HANDLE_ENUMERATION, HANDLE_SUBSCRIPTION, HANDLE_KEY_MANAGER };

struct handle {
  struct handle *next;
  enum handle_kind kind;
  HANDLE value;
  struct session *session; /* the owner; of a session, itself */
};

extern CRITICAL_SECTION guard; /* over everything but the write lock */
extern struct handle *handles;
void *handle_new(enum handle_kind kind, UINT32 size, struct session *session);
void *handle_find(enum handle_kind kind, HANDLE value);
void handle_free(void *handle);

/* ---- sessions and transactions ------------------------------------------------------------------------------------------ */

enum transaction { TRANSACTION_NONE, TRANSACTION_READ, TRANSACTION_WRITE };

struct change {
  FWPM_CHANGE_TYPE type;
  struct object *object;
};

struct changes {
  UINT32 count, room;
  struct change *items;
};

struct session {
  struct handle handle;
  GUID key;
  wchar_t *name;
  UINT32 flags, wait;
  enum transaction transaction;
  struct table table; /* what an open transaction sees */
  struct changes changes;
  HANDLE mark;
};

/* One modifying call: inside the session's transaction, or in one of its own. Between begin and end the guard is held. */
struct work {
  struct session *session;
  struct table *table;
  BOOL implicit, ignored;
  struct table before; /* of a call that is to have no effect */
  UINT32 changes_before;
};

DWORD work_begin(struct work *work, HANDLE engine, const char *call);
DWORD work_end(struct work *work, DWORD status);
void work_add(struct work *work, struct object *object);
void work_remove(struct work *work, struct object *object);

/* For reading: the guard is held when 0 is returned. */
DWORD view_begin(HANDLE engine, const char *call, struct session **session, const struct table **table);
/* For calls that are refused inside a transaction: the guard is held when 0 is returned. */
DWORD outside_begin(HANDLE engine, const char *call, struct session **session);
void guard_leave(void);
void session_lose(HANDLE engine); /* everything of it is rolled back, and the handle is dead */
void sessions_lose(void);

/* ---- the parts ------------------------------------------------------------------------------------------------------------ */

DWORD check_name(const FWPM_DISPLAY_DATA0 *displayData, const BYTE *image);
DWORD check_provider(struct work *work, const GUID *key, BOOL persistent);
BOOL refers(const struct object *object, const struct object *to);
DWORD check_delete(struct work *work, const struct object *object);
void fill_head(struct work *work, struct head *head, enum kind kind, const GUID *key, BOOL persistent);
DWORD sd_take(PSECURITY_DESCRIPTOR sd, BYTE **bytes, UINT32 *size); /* free() the result */

void notify_changes(const struct session *session, struct changes *changes); /* consumes them */
void subscriptions_cancel(struct session *session);
void key_managers_cancel(struct session *session);
void enumerations_cancel(struct session *session);

void *result_new(UINT64 size);
DWORD result_object(const struct object *object, const struct shape *shape, void **out);
DWORD result_objects(struct object **objects, UINT32 count, const struct shape *shape, void ***entries);
DWORD result_images(struct image *images, UINT32 count, const struct shape *shape, void ***entries);

/* ---- what tests switch ---------------------------------------------------------------------------------------------------- */

enum switch_name { SWITCH_MAIN_MODE, SWITCH_TEMPLATES, SWITCH_RETRANSMISSION, SWITCH_MANAGER_LIST, SWITCH_INTEGRITY, SWITCH_CONDITIONS };

BOOL variable(const wchar_t *name, wchar_t *value, UINT32 room); /* WFPCTL_TEST_DLL_<name> */
BOOL switched(enum switch_name name, const wchar_t *value);
void misuse(const wchar_t *what, const wchar_t *value); /* ends the process */

DWORD fault_enter(const char *call, HANDLE engine);
BOOL fault_ignores(void);
DWORD fault_leave(DWORD status);

/* ---- the trace: one JSON line per call ------------------------------------------------------------------------------------- */

struct trace {
  struct text line;
  BOOL on;
};

void trace_call(struct trace *trace, const char *call);
void trace_event(struct trace *trace, const char *event);
void trace_image(struct trace *trace, const char *name, const struct shape *shape, const struct image *image);
void trace_images(struct trace *trace, const char *name, const struct shape *shape, const struct image *image, UINT32 count);
void trace_live(struct trace *trace, const char *name, const struct shape *shape, const void *live);
void trace_guid(struct trace *trace, const char *name, const GUID *guid);
void trace_bytes(struct trace *trace, const char *name, const BYTE *bytes, UINT32 size);
void trace_number(struct trace *trace, const char *name, UINT64 number);
DWORD trace_end(struct trace *trace, DWORD status);
