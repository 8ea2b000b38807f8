# SPDX-License-Identifier: Apache-2.0
"""DataFrames of pandas and Polars: their labels become column names, and masks become their Series.

Neither library is imported: who passes a frame has imported it."""

from __future__ import annotations

import sys
from typing import Any

from planish.errors import InvalidOptionError, MissingColumnError


def is_pandas(source: Any) -> bool:
    """Whether `source` is a pandas.DataFrame."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(source, pandas.DataFrame)


def is_polars(source: Any) -> bool:
    """Whether `source` is a polars.DataFrame."""
    polars = sys.modules.get("polars")
    return polars is not None and isinstance(source, polars.DataFrame)


def column_names(frame: Any, key: Any) -> list[str]:
    """The names in Arrow of the columns of a pandas frame that `key` names; None names all of them, and so
    leaves out the index, which is a column in Arrow but none in pandas."""
    if not frame.columns.is_unique:
        raise InvalidOptionError(
            "columns of the DataFrame share a name", hint="rename them, or use planish.duplicated"
        )
    return [str(frame.columns[position]) for position in _positions(frame, key)]


def by_position(frame: Any, key: Any) -> tuple[Any, list[str]]:
    """A pandas frame without its index whose columns are named by their positions, and the names of those
    that `key` names: labels of any kind are taken, also where columns share one."""
    positions = _positions(frame, key)
    names = [str(position) for position in range(len(frame.columns))]
    return frame.reset_index(drop=True).set_axis(names, axis=1), [names[i] for i in positions]


def mask_as_series(source: Any, mask: Any) -> Any:
    """A mask, which has `__arrow_c_array__`, as a Series of the library that `source` is from."""
    if is_polars(source):
        return sys.modules["polars"].Series("duplicated", mask)
    import pyarrow

    values = pyarrow.array(mask).to_numpy(zero_copy_only=False)
    return sys.modules["pandas"].Series(values, index=source.index)


def _positions(frame: Any, key: Any) -> list[int]:
    if key is None:
        return list(range(len(frame.columns)))
    # As pandas does it: a tuple is one label where the frame has it, else it lists labels.
    one = isinstance(key, (str, bytes)) or not hasattr(key, "__iter__")
    labels = [key] if one or (isinstance(key, tuple) and key in frame.columns) else list(key)
    positions: list[int] = []
    for label in labels:
        if label not in frame.columns:
            raise MissingColumnError(
                f'key column not found: "{label}"', hint=f"the DataFrame has {list(frame.columns)}"
            )
        found = frame.columns.get_indexer_for([label])
        positions += [int(position) for position in found if position not in positions]
    return positions
