// SPDX-License-Identifier: Apache-2.0
/// The command of the wheel: finds libplanish.so, which has all of it, and calls it. A
/// program rather than a script of Python's, which would take as long to start as a small
/// run takes. Installers put it into bin/ and libplanish.so into the package, whose place
/// depends on Python's version.

#include <dlfcn.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

typedef int (*Command)(int, char**);
typedef const char* (*Version)(void);

enum { kFailed = 2 };

/// Where the library lies, from the directory of the command.
static const char* const kPlaces[] = {
    "libplanish.so",                                      // python -m planish
    "../lib*/python3*/*-packages/planish/libplanish.so",  // prefixes, environments,
                                                          // --user
    "../lib*/python/planish/libplanish.so",               // pip install --home
    "../planish/libplanish.so",                           // pip install --target
};

/// The command in the library at `path`, if it is of this version.
static Command CommandIn(const char* path) {
  void* library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    fprintf(stderr, "planish: %s\n", dlerror());
    return NULL;
  }
  Version version = (Version)dlsym(library, "planish_version");
  if (version != NULL && strcmp(version(), PLANISH_VERSION) == 0) {
    return (Command)dlsym(library, "planish_command");
  }
  dlclose(library);
  return NULL;
}

static Command CommandAt(const char* directory, const char* place) {
  char pattern[PATH_MAX + 80];
  snprintf(pattern, sizeof pattern, "%s/%s", directory, place);
  glob_t found;
  Command command = NULL;
  if (glob(pattern, 0, NULL, &found) == 0) {
    for (size_t i = 0; i < found.gl_pathc && command == NULL; ++i) {
      command = CommandIn(found.gl_pathv[i]);
    }
  }
  globfree(&found);
  return command;
}

int main(int argc, char** argv) {
  char directory[PATH_MAX];
  if (realpath("/proc/self/exe", directory) == NULL &&
      realpath((const char*)getauxval(AT_EXECFN), directory) == NULL) {
    fprintf(stderr, "planish: error: cannot tell where this program lies\n");
    return kFailed;
  }
  *strrchr(directory, '/') = '\0';
  for (size_t i = 0; i < sizeof kPlaces / sizeof *kPlaces; ++i) {
    const Command command = CommandAt(directory, kPlaces[i]);
    if (command != NULL) return command(argc, argv);
  }
  fprintf(stderr,
          "planish: error: no libplanish.so of version " PLANISH_VERSION
          " near this program: %s\n"
          "planish: hint: install the package anew, or run: python -m planish\n",
          directory);
  return kFailed;
}
