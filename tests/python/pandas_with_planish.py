# SPDX-License-Identifier: Apache-2.0
"""A pytest plugin: pandas asks planish which rows are duplicates. DataFrame.drop_duplicates asks
DataFrame.duplicated, so both are replaced."""

import decimal

import numpy
import pandas
import planish
import pytest


def _duplicated(self, subset=None, keep="first"):
    return planish.duplicated(self, subset=subset, keep=keep)


pandas.DataFrame.duplicated = _duplicated


# Fixtures of pandas' own conftest.py, which needs more packages than its tests of duplicates do.
@pytest.fixture(params=["first", "last", False])
def keep(request):
    return request.param


# NumPy's own NaT inside an object column is nothing that PyArrow converts.
@pytest.fixture(params=[None, numpy.nan, pandas.NaT, pandas.NA, decimal.Decimal("NaN")], ids=str)
def nulls_fixture(request):
    return request.param
