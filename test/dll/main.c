/* A genuine fwpuclnt.dll for tests: the exports tunnels and key managers need, over an engine in this process or shared by
   several through a folder. It reads what it is given by the SDK's declarations alone and knows nothing of wfpctl.

   Environment: WFPCTL_TEST_DLL_STATE (folder), _TRACE (file), _NEGOTIATE (milliseconds), _NO_RULES, the switches of switches.c
   and the _FAULT of faults.c. */
#include "engine.h"
#include "layouts_assert.h"

/* Whoever loaded the library may unload it while its threads still run: it stays. */
static void pin(HINSTANCE self) {
  HMODULE module;
  GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN | GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, (const wchar_t *)self, &module);
}

BOOL WINAPI DllMain(HINSTANCE self, DWORD reason, void *reserved) {
  (void)reserved;
  if (reason != DLL_PROCESS_ATTACH) return TRUE;
  pin(self);
  InitializeCriticalSection(&guard);
  store_start();
  return TRUE;
}
