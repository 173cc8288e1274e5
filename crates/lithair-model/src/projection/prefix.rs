//! Names of members, written ahead with what stands around them.

/// What stands in front of a field's value: `,"name":`.
#[derive(Debug)]
pub(crate) struct Prefix {
    /// The beginning of `whole`, padded.
    head: [u8; HEAD_BYTES],
    whole: Box<[u8]>,
}

/// Names are seldom longer. A copy of a fixed length is one or two instructions; one of any length is a call.
const HEAD_BYTES: usize = 16;

impl Prefix {
    pub(crate) fn new(name: &str) -> Self {
        let name = serde_json::to_string(name).expect("a text is JSON");
        let whole = format!(",{name}:").into_bytes();
        let mut head = [0; HEAD_BYTES];
        let length = whole.len().min(HEAD_BYTES);
        head[..length].copy_from_slice(&whole[..length]);
        Self { head, whole: whole.into() }
    }

    #[inline]
    pub(crate) fn append(&self, out: &mut Vec<u8>) {
        if self.whole.len() > HEAD_BYTES {
            return out.extend_from_slice(&self.whole);
        }
        let end = out.len() + self.whole.len();
        out.extend_from_slice(&self.head);
        out.truncate(end);
    }
}
