// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace planish::cli {

/// Makes sure that descriptors 0 to 2 are taken and that a reader who goes away does not
/// kill the run. Call before anything is opened: a data file that came to be descriptor 1
/// would get the summary written into it.
void GuardStandardStreams();

bool IsTerminal(int descriptor);
/// Whether text on `descriptor` may be colored: a terminal that can, and NO_COLOR is not
/// set.
bool UseColor(int descriptor);
/// Width of the terminal behind `descriptor`; 80 if there is none.
int TerminalColumns(int descriptor);

/// `text` for people: control characters and bytes that are not UTF-8 become escapes such
/// as "\n" and "\x1b", so that data can neither break a table nor command a terminal.
std::string Printable(std::string_view text);
/// Columns that printable `text` takes, as one for each code point.
int DisplayWidth(std::string_view text);
/// At most `columns` wide; what was cut is shown as "...".
std::string Shortened(std::string_view text, int columns);

}  // namespace planish::cli
