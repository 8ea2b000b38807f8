# SPDX-License-Identifier: Apache-2.0
"""Frames of pandas and Polars go in and come out as people of each library expect."""

import pandas
import planish
import pyarrow as pa
import pyarrow.parquet as pq
import pytest


def frame(**options):
    return pandas.DataFrame({"id": [1, 1, 2, 3, 3], "x": list("aabcd")}, **options)


def test_duplicated_of_a_frame_is_a_series_with_its_index():
    rows = frame(index=list("pqrst"))
    mask = planish.duplicated(rows, "id")
    pandas.testing.assert_series_equal(mask, rows.duplicated("id"))
    assert rows[~mask].equals(rows.drop_duplicates("id"))


def test_duplicated_of_arrow_data_is_an_array_of_booleans():
    mask = planish.duplicated(pa.table({"id": [1, 1, 2]}), "id")
    assert isinstance(mask, pa.BooleanArray)
    assert mask.to_pylist() == [False, True, False]


def test_duplicated_of_a_polars_frame_is_a_series():
    polars = pytest.importorskip("polars")
    rows = polars.DataFrame({"id": [1, 1, 2]})
    mask = planish.duplicated(rows, "id")
    assert isinstance(mask, polars.Series)
    assert rows.filter(~mask)["id"].to_list() == [1, 2]


def test_subset_is_another_name_for_key():
    rows = frame()
    assert planish.duplicated(rows, subset=["id"]).equals(planish.duplicated(rows, "id"))
    assert planish.drop_duplicates(rows, subset="id").to_pandas()["x"].tolist() == ["a", "b", "c"]
    with pytest.raises(planish.InvalidOptionError, match="two names for one thing"):
        planish.drop_duplicates(rows, "id", subset="id")


def test_keep_false_keeps_no_row_of_a_duplicated_key():
    rows = frame()
    assert planish.duplicated(rows, "id", keep=False).equals(rows.duplicated("id", keep=False))
    assert planish.drop_duplicates(rows, "id", keep=False).to_pandas()["id"].tolist() == [2]


def test_an_index_is_not_part_of_the_key_unless_it_is_named():
    rows = pandas.DataFrame({"x": ["a", "a", "b"]}, index=pandas.Index([7, 8, 8], name="n"))
    kept = planish.drop_duplicates(rows).to_pandas()
    pandas.testing.assert_frame_equal(kept, rows.drop_duplicates())
    assert planish.drop_duplicates(rows, "n").to_pandas().index.tolist() == [7, 8]


def test_columns_may_have_labels_of_any_kind():
    rows = pandas.DataFrame([[1, 2, 5], [1, 3, 5], [1, 2, 6]], columns=["a", ("a", 1), 0])
    for key in (None, "a", 0, [("a", 1)], ["a", ("a", 1)]):
        assert planish.duplicated(rows, key).equals(rows.duplicated(key)), key
    rows.columns = ["a", "a", "b"]
    assert planish.duplicated(rows, "a").equals(rows.duplicated("a"))
    with pytest.raises(planish.InvalidOptionError, match="share a name"):
        planish.drop_duplicates(rows, "b")


def test_a_column_that_is_not_there_is_a_key_error():
    with pytest.raises(KeyError, match="key column not found: \"ID\""):
        planish.duplicated(frame(), "ID")


def test_the_stream_becomes_what_the_caller_wants():
    rows = frame()
    assert planish.drop_duplicates(rows, "id").read_all().num_rows == 3
    pandas.testing.assert_frame_equal(
        planish.drop_duplicates(rows, "id").to_pandas(),
        rows.drop_duplicates("id", ignore_index=True),
    )


def test_the_stream_becomes_a_polars_frame():
    polars = pytest.importorskip("polars")
    rows = polars.DataFrame({"id": [1, 1, 2]})
    assert planish.drop_duplicates(rows, "id").to_polars()["id"].to_list() == [1, 2]


def test_the_stream_is_written_to_a_file_as_a_whole_or_not_at_all(tmp_path):
    path = tmp_path / "kept.parquet"
    report = planish.drop_duplicates(frame(), "id").write_parquet(path, compression="zstd")
    assert report.rows_kept == 3
    assert pq.read_table(path)["x"].to_pylist() == ["a", "b", "c"]
    assert pq.ParquetFile(path).metadata.row_group(0).column(0).compression == "ZSTD"

    def broken():
        yield pa.record_batch({"id": [1]})
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError, match="the source broke"):
        planish.drop_duplicates(broken(), "id").write_parquet(path)
    assert [file.name for file in tmp_path.iterdir()] == ["kept.parquet"]
    assert pq.read_table(path).num_rows == 3
