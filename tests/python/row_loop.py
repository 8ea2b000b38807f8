# SPDX-License-Identifier: Apache-2.0
"""Deduplication as a plain Python loop over rows: what the engine is held against."""

import math


class NotEqual:
    """Equal to nothing, itself included: a NaN where NaN differ."""

    def __eq__(self, other):
        return False

    def __hash__(self):
        return 0


def plain(value, nan_equal=True):
    """`value` so that == and hash() follow planish's rules."""
    if isinstance(value, float):
        if math.isnan(value):
            return "NaN" if nan_equal else NotEqual()
        return value + 0.0
    if isinstance(value, dict):
        return tuple(plain(item, nan_equal) for item in value.values())
    if isinstance(value, (list, tuple)):
        return tuple(plain(item, nan_equal) for item in value)
    return value


def order_value(value, descending):
    """Sorts as order_by does: nulls last, NaN just before them, in both directions."""
    if value is None:
        return (2, 0)
    if isinstance(value, float) and math.isnan(value):
        return (1, 0)
    return (0, -value if descending else value)


def winners(rows, key, keep="first", order_by=(), nan_equal=True):
    """The indexes of the rows that stay, of rows as dicts."""
    places = list(range(len(rows)))
    for item in reversed(order_by):
        name, descending = item.removeprefix("-"), item.startswith("-")
        places.sort(key=lambda i: order_value(rows[i][name], descending))
    if keep == "last":
        places.reverse()
    groups = {}
    for i in places:
        value = tuple(plain(rows[i][name], nan_equal) for name in key)
        groups.setdefault(value, []).append(i)
    return sorted(
        group[0] for group in groups.values() if keep != "none" or len(group) == 1
    )
