//! Base64url without padding (RFC 4648, 5): one text for any bytes, and nothing else is taken.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What no letter of the alphabet has as its digit.
const NONE: u8 = 0xFF;

/// The digit of each byte.
const DIGITS: [u8; 256] = digits();

const fn digits() -> [u8; 256] {
    let mut digits = [NONE; 256];
    let mut digit = 0_u8;
    while (digit as usize) < ALPHABET.len() {
        digits[ALPHABET[digit as usize] as usize] = digit;
        digit += 1;
    }
    digits
}

/// The text of these bytes.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let group =
            chunk.iter().enumerate().fold(0_u32, |group, (place, &byte)| group | u32::from(byte) << (16 - 8 * place));
        for place in 0..=chunk.len() {
            text.push(char::from(ALPHABET[(group >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}

/// The same with the other alphabet and with padding (RFC 4648, 4), which some headers want.
pub(crate) fn encode_padded(bytes: &[u8]) -> String {
    let mut letters = encode(bytes).replace('-', "+").replace('_', "/");
    letters.push_str(&"=".repeat((4 - letters.len() % 4) % 4));
    letters
}

/// The bytes of a text; none if it is not what [`encode`] makes of any bytes.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    for chunk in text.as_bytes().chunks(4) {
        let mut group = 0_u32;
        for (place, &letter) in chunk.iter().enumerate() {
            let digit = DIGITS[usize::from(letter)];
            if digit == NONE {
                return None;
            }
            group |= u32::from(digit) << (18 - 6 * place);
        }
        // One letter alone holds no byte, and bits beyond the last byte are another spelling of the same.
        let whole = chunk.len() * 6 / 8;
        if whole == 0 || group & (0x00FF_FFFF >> (8 * whole)) != 0 {
            return None;
        }
        bytes.extend_from_slice(&group.to_be_bytes()[1..=whole]);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back_and_other_spellings_do_not() {
        // RFC 4648, 10, without the padding.
        for (bytes, text) in
            [("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE")]
        {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).as_deref(), Some(bytes.as_bytes()));
        }
        assert_eq!(
            ["f", "fo", "foo", "<\u{fff}>"].map(|text| encode_padded(text.as_bytes())),
            ["Zg==", "Zm8=", "Zm9v", "POC/vz4="]
        );
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
        for wrong in ["Zh", "Z", "Zg==", "Zm9 ", "+/", "Zm9v\n", "Zm9vZm9vZ", "Zm9"] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }
}
