# SPDX-License-Identifier: Apache-2.0
"""Reads Thrift's compact protocol without a schema: a struct becomes a dict by field number.

Independent of planish's own codec and of Parquet libraries, so that nothing in a footer can be
overlooked by all of them."""


class Reader:
    def __init__(self, data, position=0):
        self.data = data
        self.position = position

    def byte(self):
        self.position += 1
        return self.data[self.position - 1]

    def unsigned(self):
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    def signed(self):
        value = self.unsigned()
        return (value >> 1) ^ -(value & 1)

    def binary(self):
        size = self.unsigned()
        self.position += size
        return bytes(self.data[self.position - size:self.position])

    def list(self):
        header = self.byte()
        size = header >> 4
        if size == 15:
            size = self.unsigned()
        return [self.element(header & 15) for _ in range(size)]

    def element(self, kind):
        # Inside lists a boolean is a byte of its own.
        return self.byte() == 1 if kind in (1, 2) else self.value(kind)

    def value(self, kind):
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            byte = self.byte()
            return byte - 256 if byte > 127 else byte
        if kind in (4, 5, 6):
            return self.signed()
        if kind == 7:
            self.position += 8
            return bytes(self.data[self.position - 8:self.position])
        if kind == 8:
            return self.binary()
        if kind in (9, 10):
            return self.list()
        if kind == 12:
            return self.struct()
        raise ValueError(f"unexpected Thrift type {kind}")

    def struct(self):
        fields = {}
        number = 0
        while True:
            header = self.byte()
            if header == 0:
                return fields
            number = number + (header >> 4) if header >> 4 else self.signed()
            fields[number] = self.value(header & 15)
