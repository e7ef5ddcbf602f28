//! Bits into bytes, and the two checksums of FLAC.

/// Appends bits, highest first, to a vector of bytes.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    /// Bits that do not fill a byte yet, at the bottom.
    word: u64,
    held: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> BitWriter<'a> {
        BitWriter { out, word: 0, held: 0 }
    }

    /// Appends the lowest `count` bits, at most 56.
    pub(super) fn put(&mut self, value: u64, count: u32) {
        debug_assert!(count <= 56 && self.held < 8, "at most seven bits wait");
        let value = value & ((1 << count) - 1);
        self.word = self.word << count | value;
        self.held += count;
        let bytes = (self.held / 8) as usize;
        if bytes > 0 {
            let aligned = self.word << (64 - self.held);
            self.out.extend_from_slice(&aligned.to_be_bytes()[..bytes]);
            self.held %= 8;
        }
    }

    /// Appends a signed number in `count` bits.
    pub(super) fn put_signed(&mut self, value: i32, count: u32) {
        self.put(i64::from(value) as u64, count);
    }

    /// Appends zeros and a one.
    pub(super) fn put_unary(&mut self, mut zeros: u64) {
        while zeros >= 32 {
            self.put(0, 32);
            zeros -= 32;
        }
        self.put(1, zeros as u32 + 1);
    }

    /// Appends a number of up to 36 bits the way UTF-8 would (RFC 9639, 9.1.5).
    pub(super) fn put_utf8(&mut self, value: u64) {
        if value < 0x80 {
            return self.put(value, 8);
        }
        // A head of n ones and a zero, and n − 1 bytes of six bits each behind it.
        let bytes = (2..=7u32).find(|n| value >> (5 * n + 1) == 0).unwrap_or(7);
        let ones = 0xff & !(0xff >> bytes);
        self.put(ones | value >> (6 * (bytes - 1)), 8);
        for behind in (0..bytes - 1).rev() {
            self.put(0x80 | value >> (6 * behind) & 0x3f, 8);
        }
    }

    /// Fills the last byte with zeros.
    pub(super) fn align(&mut self) {
        if self.held > 0 {
            self.put(0, 8 - self.held);
        }
    }

    /// The bytes from a position on, the last one filled with zeros.
    pub(super) fn aligned_from(&mut self, start: usize) -> &[u8] {
        self.align();
        &self.out[start..]
    }
}

/// CRC-8 with polynomial x⁸ + x² + x + 1.
pub(super) fn crc8(bytes: &[u8]) -> u8 {
    bytes.iter().fold(0, |sum, byte| {
        (0..8).fold(sum ^ byte, |sum, _| if sum & 0x80 != 0 { sum << 1 ^ 0x07 } else { sum << 1 })
    })
}

/// CRC-16 with polynomial x¹⁶ + x¹⁵ + x² + 1.
pub(super) fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |sum, byte| sum << 8 ^ CRC16[usize::from((sum >> 8) as u8 ^ byte)])
}

const CRC16: [u16; 256] = crc16_table();

const fn crc16_table() -> [u16; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = (index as u16) << 8;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 0x8000 != 0 { sum << 1 ^ 0x8005 } else { sum << 1 };
            bit += 1;
        }
        table[index] = sum;
        index += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums_have_their_published_check_values() {
        // CRC-8/SMBUS and CRC-16/UMTS of "123456789" in the catalogue of parametrised CRC algorithms.
        assert_eq!(crc8(b"123456789"), 0xf4);
        assert_eq!(crc16(b"123456789"), 0xfee8);
    }

    #[test]
    fn numbers_are_coded_like_utf8() {
        for value in [0, 0x7f, 0x80, 0x7ff, 0x800, 0xffff, 0x10000, 0x10_ffff] {
            let mut bytes = Vec::new();
            BitWriter::new(&mut bytes).put_utf8(value);
            let Some(expected) = char::from_u32(value as u32) else { continue };
            assert_eq!(bytes, expected.to_string().as_bytes(), "{value:x}");
        }
        let mut bytes = Vec::new();
        BitWriter::new(&mut bytes).put_utf8(0xf_ffff_ffff);
        assert_eq!(bytes, [0xfe, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf, 0xbf]);
    }

    #[test]
    fn bits_come_out_highest_first() {
        let mut bytes = Vec::new();
        let mut out = BitWriter::new(&mut bytes);
        out.put(0b101, 3);
        out.put_signed(-1, 4);
        out.put_unary(40);
        out.put(0xabcd, 16);
        assert_eq!(out.aligned_from(0), [0b1011_1110, 0, 0, 0, 0, 1, 0xab, 0xcd]);
    }
}
