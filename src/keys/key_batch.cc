// SPDX-License-Identifier: Apache-2.0
#include "keys/key_batch.h"

namespace planish {

void KeyBatch::Clear() {
  num_rows = 0;
  words.clear();
  has_payload = false;
  payload.clear();
  payload_offsets.clear();
  key_lengths.clear();
  unmatchable.clear();
}

}  // namespace planish
