/* The witness's statement: every modifying call as one line of JSON in the file WFPCTL_TEST_DLL_TRACE names, as this side
   decoded it. Preshared keys are in it, in hex: it is for tests only. */
#include "engine.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void begin(struct trace *trace, const char *what, const char *name) {
  wchar_t path[MAX_PATH];
  *trace = (struct trace){0};
  trace->on = variable(L"TRACE", path, MAX_PATH);
  if (trace->on) text_add(&trace->line, "{\"%s\":\"%s\",\"process\":%lu,\"thread\":%lu", what, name, GetCurrentProcessId(), GetCurrentThreadId());
}

void trace_call(struct trace *trace, const char *call) { begin(trace, "call", call); }
void trace_event(struct trace *trace, const char *event) { begin(trace, "event", event); }

void trace_image(struct trace *trace, const char *name, const struct shape *shape, const struct image *image) {
  if (!trace->on) return;
  text_add(&trace->line, ",\"%s\":", name);
  if (image->status || !image->bytes) text_add(&trace->line, "null");
  else json_structure(&trace->line, shape, image->bytes, image->bytes);
}

void trace_images(struct trace *trace, const char *name, const struct shape *shape, const struct image *image, UINT32 count) {
  if (!trace->on) return;
  text_add(&trace->line, ",\"%s\":[", name);
  for (UINT32 i = 0; i < count && !image->status && image->bytes; i++) {
    if (i) text_add(&trace->line, ",");
    json_structure(&trace->line, shape, image->bytes + i * shape->size, image->bytes);
  }
  text_add(&trace->line, "]");
}

void trace_live(struct trace *trace, const char *name, const struct shape *shape, const void *live) {
  if (!trace->on) return;
  text_add(&trace->line, ",\"%s\":", name);
  json_structure(&trace->line, shape, live, NULL);
}

void trace_guid(struct trace *trace, const char *name, const GUID *guid) {
  if (!trace->on) return;
  text_add(&trace->line, ",\"%s\":", name);
  if (guid && readable(guid, sizeof *guid)) json_guid(&trace->line, guid);
  else text_add(&trace->line, "null");
}

void trace_bytes(struct trace *trace, const char *name, const BYTE *bytes, UINT32 size) {
  if (!trace->on) return;
  text_add(&trace->line, ",\"%s\":", name);
  if (bytes) json_hex(&trace->line, bytes, size);
  else text_add(&trace->line, "null");
}

void trace_number(struct trace *trace, const char *name, UINT64 number) {
  if (trace->on) text_add(&trace->line, ",\"%s\":%I64u", name, number);
}

/* Appending with one write keeps lines whole when several processes trace into one file. */
DWORD trace_end(struct trace *trace, DWORD status) {
  wchar_t path[MAX_PATH];
  DWORD written;
  if (!trace->on) return status;
  text_add(&trace->line, ",\"status\":%lu}\n", status);
  variable(L"TRACE", path, MAX_PATH);
  HANDLE file = CreateFileW(path, FILE_APPEND_DATA, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, NULL);
  if (file != INVALID_HANDLE_VALUE) {
    WriteFile(file, trace->line.bytes, trace->line.size, &written, NULL);
    CloseHandle(file);
  }
  text_free(&trace->line);
  return status;
}
