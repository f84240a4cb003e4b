#ifndef MMRAZOR_CPYTHON_SHIM_H
#define MMRAZOR_CPYTHON_SHIM_H

// Before Python.h, which asks glibc for more than other modules see and would so give
// types such as fd_set a second shape.
#include <features.h>

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/// What a Python object is, as far as config trees distinguish objects.
enum python_kind {
  PYTHON_NONE,
  PYTHON_BOOL,
  PYTHON_INT,
  PYTHON_FLOAT,
  PYTHON_STRING,
  PYTHON_LIST,
  PYTHON_TUPLE,
  PYTHON_DICT,
  PYTHON_OTHER,
};

/// The kind of an object or of the class it derives from.
static inline enum python_kind python_kind_of(PyObject *object) {
  if (object == Py_None) return PYTHON_NONE;
  if (PyBool_Check(object)) return PYTHON_BOOL;
  if (PyLong_Check(object)) return PYTHON_INT;
  if (PyFloat_Check(object)) return PYTHON_FLOAT;
  if (PyUnicode_Check(object)) return PYTHON_STRING;
  if (PyList_Check(object)) return PYTHON_LIST;
  if (PyTuple_Check(object)) return PYTHON_TUPLE;
  if (PyDict_Check(object)) return PYTHON_DICT;
  return PYTHON_OTHER;
}

static inline int python_is_true(PyObject *object) { return object == Py_True; }
static inline PyObject *python_none(void) { return Py_NewRef(Py_None); }

/// "3.11", the version that this was compiled for.
static inline const char *python_version(void) {
#define MMRAZOR_TEXT_(x) #x
#define MMRAZOR_TEXT(x) MMRAZOR_TEXT_(x)
  return MMRAZOR_TEXT(PY_MAJOR_VERSION) "." MMRAZOR_TEXT(PY_MINOR_VERSION);
#undef MMRAZOR_TEXT
#undef MMRAZOR_TEXT_
}

/// What glibc's `dladdr` reports; its own declaration is not visible with the features above.
struct python_symbol_place {
  const char *file;
  void *base;
  const char *symbol;
  void *address;
};
int python_locate_symbol(const void *address, struct python_symbol_place *place) __asm__("dladdr");

/// Finds the directory that has `lib/python3.x`, from where the linked interpreter's library lies
/// rather than from PATH, which may lead to another interpreter. Returns whether it was found.
static inline int python_find_home(char home[PATH_MAX]) {
  struct python_symbol_place place;
  if (!python_locate_symbol((void *)&Py_InitializeFromConfig, &place) || !place.file) return 0;
  if (!realpath(place.file, home)) return 0;
  for (char *slash; (slash = strrchr(home, '/')) && slash != home;) {
    *slash = 0;
    char landmark[PATH_MAX + 32];
    snprintf(landmark, sizeof landmark, "%s/lib/python%s/os.py", home, python_version());
    if (access(landmark, R_OK) == 0) return 1;
  }
  return 0;
}

/// Starts the interpreter isolated from the environment, without site packages and signal
/// handlers. Returns NULL, or what went wrong.
static inline const char *python_start(void) {
  char home[PATH_MAX];
  char executable[PATH_MAX + 32];
  int found = python_find_home(home);
  if (found) snprintf(executable, sizeof executable, "%s/bin/python%s", home, python_version());

  PyPreConfig pre;
  PyPreConfig_InitIsolatedConfig(&pre);
  pre.utf8_mode = 1;
  PyStatus status = Py_PreInitialize(&pre);
  if (PyStatus_Exception(status)) return status.err_msg;

  PyConfig config;
  PyConfig_InitIsolatedConfig(&config);
  config.site_import = 0;
  config.write_bytecode = 0;
  config.pathconfig_warnings = 0;
  if (found) status = PyConfig_SetBytesString(&config, &config.home, home);
  if (found && !PyStatus_Exception(status))
    status = PyConfig_SetBytesString(&config, &config.program_name, executable);
  if (!PyStatus_Exception(status)) status = Py_InitializeFromConfig(&config);
  PyConfig_Clear(&config);
  return PyStatus_Exception(status) ? status.err_msg : NULL;
}

/// A new list of the process's environment, one `bytes` of `NAME=value` for each variable.
static inline PyObject *python_environment(void) {
  PyObject *list = PyList_New(0);
  for (char **entry = __environ; list && entry && *entry; ++entry) {
    PyObject *bytes = PyBytes_FromString(*entry);
    if (!bytes || PyList_Append(list, bytes) != 0) Py_CLEAR(list);
    Py_XDECREF(bytes);
  }
  return list;
}

#endif
