// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "arrow/result.h"
#include "arrow/type.h"
#include "format/parquet_file.h"
#include "planish/dataset_options.h"

namespace planish {

/// The type that holds every value of both without loss, or an error (TypeError, without
/// detail) if there is none. Order does not matter, except for the names of list elements
/// and the order of struct children, which are those of `a`. Equal types stay; otherwise:
///
/// - null with anything is the other;
/// - integers give the smallest integer type that holds both (uint32 with int32: int64);
/// there is
///   none for uint64 with a signed type;
/// - floating-point types give the larger; with integers, float for up to 16 bits, double
/// for 32;
/// - decimals grow as digits before and behind the point need, up to 76; an integer
/// counts as a
///   decimal of 3, 5, 10, 19 or (uint64) 20 digits;
/// - strings give large_string; binaries, of fixed sizes too, large_binary; never one
/// with the other;
/// - timestamps, times and durations give the finer unit. A timestamp with a time zone is
/// an
///   instant, one without is not, so they do not agree; two zones give UTC;
/// - date32 with date64 is date64;
/// - dictionaries, run-end encoded and extension types stand for their values, but
/// extension types
///   of different names do not agree;
/// - lists agree if their elements do (a large one with any is large, others of different
/// kinds or
///   sizes give list); structs, if they have the same children, in any order; maps, by
///   key and item. With `missing` kNull, a struct has the children of both, and those
///   that one lacks are nullable.
arrow::Result<std::shared_ptr<arrow::DataType>> PromoteWithoutLoss(
    const std::shared_ptr<arrow::DataType>& a, const std::shared_ptr<arrow::DataType>& b,
    MissingColumns missing = MissingColumns::kError);

/// Whether a field comes from Parquet's INT96 (kInt96FieldKey).
bool IsInt96(const arrow::Field& field);

/// A field, like those from INT96, that holds timestamps of every unit however far away.
std::shared_ptr<arrow::Field> AsFarTimes(const arrow::Field& timestamps);

/// What people call the type of a field: "int64", "INT96 timestamp".
std::string TypeText(const arrow::Field& field);

/// A value of a field as text; nanoseconds of INT96 as the timestamp that they are, as
/// far as Arrow has it.
std::string ValueText(const arrow::Field& field, const arrow::Scalar& value);

/// As PromoteWithoutLoss, for top-level columns of files: INT96 agrees with timestamps
/// besides, and with nothing else. Takes the name of `a`; nullable if one of them is.
arrow::Result<std::shared_ptr<arrow::Field>> PromoteFields(
    const std::shared_ptr<arrow::Field>& a, const std::shared_ptr<arrow::Field>& b,
    MissingColumns missing = MissingColumns::kError);

/// The same of several fields, of which any two agree, whatever their order; the name is
/// that of the first. That takes more than one after the other: uint32 and int32 agree
/// with double each, but the int64 that both make does not.
arrow::Result<std::shared_ptr<arrow::Field>> PromoteAll(
    const arrow::FieldVector& fields, MissingColumns missing = MissingColumns::kError);

}  // namespace planish
