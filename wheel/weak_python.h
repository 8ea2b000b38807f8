// SPDX-License-Identifier: Apache-2.0
#pragma once

/// \file
/// Included before everything else: makes what is used of Python's API weak, because the
/// command loads the same library where there is no Python.

#define PyAPI_FUNC(type) __attribute__((visibility("default"), weak)) type
#define PyAPI_DATA(type) extern __attribute__((visibility("default"), weak)) type
