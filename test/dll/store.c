/* The committed objects. With WFPCTL_TEST_DLL_STATE naming a folder they live in a file there, written whole and renamed
   into place: whatever process dies, the file is the state before or after. The write lock is a file nobody else may
   open, so it falls with its process too. Without the folder everything is in this process's memory. */
#include "engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct file_head {
  char magic[8];
  UINT64 generation, next_id;
  UINT32 count, reserved;
};

static const char magic[8] = "WFPTEST1";
static wchar_t folder[MAX_PATH];
static struct table committed;
static UINT64 generation;
static HANDLE lock_file = INVALID_HANDLE_VALUE;
static volatile LONG locked;

void store_start(void) {
  committed.next_id = 0x10000;
  variable(L"STATE", folder, MAX_PATH);
  if (folder[0]) CreateDirectoryW(folder, NULL);
}

static void path_of(wchar_t *path, const wchar_t *name) { swprintf(path, MAX_PATH, L"%ls\\%ls", folder, name); }

static HANDLE open_file(const wchar_t *name, DWORD access, DWORD share, DWORD how, DWORD flags) {
  wchar_t path[MAX_PATH];
  path_of(path, name);
  return CreateFileW(path, access, share, NULL, how, flags, NULL);
}

static BOOL try_lock(void) {
  if (InterlockedCompareExchange(&locked, 1, 0) != 0) return FALSE;
  if (!folder[0]) return TRUE;
  lock_file = open_file(L"lock", GENERIC_READ | GENERIC_WRITE, 0, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL);
  if (lock_file != INVALID_HANDLE_VALUE) return TRUE;
  InterlockedExchange(&locked, 0);
  return FALSE;
}

BOOL store_lock(UINT32 milliseconds) {
  ULONGLONG end = milliseconds == INFINITE ? ~0ull : GetTickCount64() + milliseconds;
  while (!try_lock()) {
    if (GetTickCount64() >= end) return FALSE;
    Sleep(2);
  }
  return TRUE;
}

void store_unlock(void) {
  if (lock_file != INVALID_HANDLE_VALUE) CloseHandle(lock_file);
  lock_file = INVALID_HANDLE_VALUE;
  InterlockedExchange(&locked, 0);
}

/* ---- reading -------------------------------------------------------------------------------------------------------- */

static const DWORD share_all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

static BOOL read_all(HANDLE file, BYTE **bytes, UINT32 *size) {
  DWORD got = 0;
  *size = GetFileSize(file, NULL);
  *bytes = malloc(*size + 1);
  return ReadFile(file, *bytes, *size, &got, NULL) && got == *size;
}

/* A dynamic object dies with its session, even when that was in another process which crashed. */
static BOOL owner_lives(const struct object *object) {
  return IsEqualGUID(&object->head.owner, &NO_GUID) || store_marked(L"session", &object->head.owner);
}

static void parse(struct table *table, const BYTE *bytes) {
  const struct file_head *head = (const struct file_head *)bytes;
  bytes += sizeof *head;
  table->next_id = head->next_id;
  for (UINT32 i = 0; i < head->count; i++) {
    struct head of;
    memcpy(&of, bytes, sizeof of);
    bytes += sizeof of;
    struct object *object = object_new(&of, bytes, bytes + of.image_size);
    bytes += of.image_size + of.sd_size;
    if (owner_lives(object)) table_add(table, object);
    else object_release(object);
  }
}

static HANDLE open_state(void) {
  for (int tries = 0; tries < 200; tries++) {
    HANDLE file = open_file(L"state", GENERIC_READ, share_all, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL);
    if (file != INVALID_HANDLE_VALUE || GetLastError() == ERROR_FILE_NOT_FOUND) return file;
    Sleep(2);
  }
  return INVALID_HANDLE_VALUE;
}

static void drop_orphans(void) {
  for (UINT32 i = committed.count; i-- > 0;)
    if (!owner_lives(committed.objects[i])) table_remove(&committed, i);
}

const struct table *store_committed(void) {
  if (!folder[0]) return &committed;
  HANDLE file = open_state();
  if (file == INVALID_HANDLE_VALUE) return &committed;
  struct file_head head;
  DWORD got = 0;
  BYTE *bytes = NULL;
  UINT32 size = 0;
  ReadFile(file, &head, sizeof head, &got, NULL);
  SetFilePointer(file, 0, NULL, FILE_BEGIN);
  if (got == sizeof head && head.generation == generation) drop_orphans();
  else if (read_all(file, &bytes, &size) && size >= sizeof head && memcmp(bytes, magic, sizeof magic) == 0) {
    table_free(&committed);
    parse(&committed, bytes);
    generation = ((struct file_head *)bytes)->generation;
  }
  free(bytes);
  CloseHandle(file);
  return &committed;
}

/* ---- writing -------------------------------------------------------------------------------------------------------- */

static BOOL write_table(HANDLE file, const struct table *table) {
  UINT64 size = sizeof(struct file_head);
  for (UINT32 i = 0; i < table->count; i++)
    size += sizeof(struct head) + table->objects[i]->head.image_size + table->objects[i]->head.sd_size;
  BYTE *bytes = malloc(size), *at = bytes + sizeof(struct file_head);
  struct file_head head = {.generation = generation + 1, .next_id = table->next_id, .count = table->count};
  memcpy(head.magic, magic, sizeof magic);
  memcpy(bytes, &head, sizeof head);
  for (UINT32 i = 0; i < table->count; i++) {
    const struct object *object = table->objects[i];
    UINT32 body = object->head.image_size + object->head.sd_size;
    memcpy(at, &object->head, sizeof object->head);
    memcpy(at + sizeof object->head, object->bytes, body);
    at += sizeof object->head + body;
  }
  DWORD written = 0;
  BOOL ok = WriteFile(file, bytes, (DWORD)size, &written, NULL) && written == size;
  free(bytes);
  return ok;
}

static BOOL replace(const wchar_t *from, const wchar_t *to) {
  for (int tries = 0; tries < 200; tries++) {
    if (MoveFileExW(from, to, MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) return TRUE;
    Sleep(2);
  }
  return FALSE;
}

static DWORD write_state(const struct table *table) {
  wchar_t name[64], from[MAX_PATH], to[MAX_PATH];
  swprintf(name, 64, L"state.%lu.tmp", GetCurrentProcessId());
  path_of(from, name);
  path_of(to, L"state");
  HANDLE file = open_file(name, GENERIC_WRITE, 0, CREATE_ALWAYS, FILE_ATTRIBUTE_NORMAL);
  if (file == INVALID_HANDLE_VALUE) return GetLastError();
  BOOL ok = write_table(file, table);
  CloseHandle(file);
  return ok && replace(from, to) ? ERROR_SUCCESS : ERROR_WRITE_FAULT;
}

DWORD store_commit(const struct table *table) {
  DWORD status = folder[0] ? write_state(table) : ERROR_SUCCESS;
  if (status) return status;
  struct table fresh;
  table_copy(&fresh, table);
  table_free(&committed);
  committed = fresh;
  generation++;
  return ERROR_SUCCESS;
}

/* ---- marks: files that Windows deletes when their process ends --------------------------------------------------------- */

static void mark_name(wchar_t *name, const wchar_t *prefix, const GUID *key) {
  swprintf(name, 96, L"%ls-%08lx%04x%04x%02x%02x%02x%02x%02x%02x%02x%02x", prefix, key->Data1, key->Data2, key->Data3,
           key->Data4[0], key->Data4[1], key->Data4[2], key->Data4[3], key->Data4[4], key->Data4[5], key->Data4[6], key->Data4[7]);
}

HANDLE store_mark(const wchar_t *prefix, const GUID *key, const void *bytes, UINT32 size) {
  wchar_t name[96];
  DWORD written;
  if (!folder[0]) return INVALID_HANDLE_VALUE;
  mark_name(name, prefix, key);
  HANDLE file = open_file(name, GENERIC_READ | GENERIC_WRITE | DELETE, share_all, CREATE_ALWAYS, FILE_FLAG_DELETE_ON_CLOSE);
  if (file != INVALID_HANDLE_VALUE && size) WriteFile(file, bytes, size, &written, NULL);
  return file;
}

static BOOL session_is_ours(const GUID *key) {
  for (struct handle *at = handles; at; at = at->next)
    if (at->kind == HANDLE_SESSION && IsEqualGUID(&((struct session *)at)->key, key)) return TRUE;
  return FALSE;
}

BOOL store_marked(const wchar_t *prefix, const GUID *key) {
  wchar_t name[96], path[MAX_PATH];
  if (session_is_ours(key)) return TRUE;
  if (!folder[0]) return FALSE;
  mark_name(name, prefix, key);
  path_of(path, name);
  return GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES;
}

void store_each_mark(const wchar_t *prefix, void (*visit)(const BYTE *bytes, UINT32 size, void *context), void *context) {
  wchar_t pattern[96], path[MAX_PATH];
  WIN32_FIND_DATAW found;
  if (!folder[0]) return;
  swprintf(pattern, 96, L"%ls-*", prefix);
  path_of(path, pattern);
  HANDLE search = FindFirstFileW(path, &found);
  if (search == INVALID_HANDLE_VALUE) return;
  do {
    HANDLE file = open_file(found.cFileName, GENERIC_READ, share_all, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL);
    BYTE *bytes = NULL;
    UINT32 size = 0;
    if (file == INVALID_HANDLE_VALUE) continue;
    if (read_all(file, &bytes, &size) && size) visit(bytes, size, context);
    free(bytes);
    CloseHandle(file);
  } while (FindNextFileW(search, &found));
  FindClose(search);
}

/* For tests: nothing is stored any more, and every session of this process is over, with its key managers. */
EXPORT DWORD WINAPI WfpctlTestReset(void) {
  struct table empty = {.next_id = 0x10000};
  sessions_lose();
  if (!store_lock(10000)) return FWP_E_TIMEOUT;
  EnterCriticalSection(&guard);
  store_committed();
  DWORD status = store_commit(&empty);
  guard_leave();
  store_unlock();
  return status;
}
