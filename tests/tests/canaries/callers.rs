//! Who asks, what they show for it, and everything that comes back: not only what is written plainly.

use acceptance::who::{Who, text};
use lithair_core::client::{Client, Response};
use serde_json::Value;

use super::cases::{Known, Standing, questions};

/// Somebody who asks everything.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) name: String,
    /// What they show.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) standing: Standing,
}

impl Caller {
    /// Somebody whom the test names.
    pub(crate) fn named(who: Who, standing: Standing) -> Self {
        let headers = who.said().map(|said| ("lithair-test-principal".to_owned(), said));
        Self { name: format!("{who:?}"), headers: headers.into_iter().collect(), standing }
    }

    /// Somebody with a credential in a header.
    pub(crate) fn with(name: &str, header: (&str, String), standing: Standing) -> Self {
        Self { name: name.to_owned(), headers: vec![(header.0.to_owned(), header.1)], standing }
    }

    /// The answer to a request; a body of null is none.
    pub(crate) fn ask(&self, url: &str, method: &str, path: &str, more: &[(&str, &str)], body: &Value) -> Response {
        let own = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut headers: Vec<(&str, &str)> = own.chain(more.iter().copied()).collect();
        // Of a browser's session, changes need it.
        headers.push(("lithair-request", "1"));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        let mut client = Client::new(url).expect("an address is a URL");
        client.request(method, path, &headers, body).expect("the server answers")
    }
}

/// Something that was asked, and what came of it.
pub(crate) struct Answer {
    pub(crate) asked: String,
    pub(crate) status: u16,
    /// The head, the body, and what of them is hidden in base64: cursors, tags.
    pub(crate) told: String,
}

impl Answer {
    fn of(asked: String, response: &Response) -> Self {
        let headers = response
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}\n", value.to_str().expect("headers are texts")));
        let plain = headers.collect::<String>() + &text(response);
        let told = format!("{plain}\n{}", unpacked(&plain));
        Self { asked, status: response.status, told }
    }
}

/// What words in base64url say.
fn unpacked(text: &str) -> String {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let words = text.split(|letter| !is_letter(letter)).filter(|word| word.len() >= 16);
    words.map(|word| String::from_utf8_lossy(&decoded(word)).into_owned() + "\n").collect()
}

fn decoded(word: &str) -> Vec<u8> {
    const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in word.bytes() {
        let value = LETTERS.iter().position(|known| *known == letter).expect("was split at others");
        bits = bits << 6 | u32::try_from(value).expect("one of 64");
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("is a byte"));
        }
    }
    bytes
}

/// All answers to somebody: to every question, in JSON and as exports.
pub(crate) fn answers(url: &str, caller: &Caller) -> Vec<Answer> {
    let export = |path: &str, media: &str| {
        let answer = caller.ask(url, "GET", path, &[("accept", media)], &Value::Null);
        Answer::of(format!("GET {path} as {media}"), &answer)
    };
    let exports =
        ["application/x-ndjson", "text/csv"].map(|media| ["/api/cases", "/api/notes"].map(|path| export(path, media)));
    let questions = questions().into_iter().map(|(method, path, body)| {
        Answer::of(format!("{method} {path} {body}"), &caller.ask(url, method, &path, &[], &body))
    });
    exports.into_iter().flatten().chain(questions).collect()
}

/// Judges every canary in every answer: none reaches who may not see it, and each reaches who may. How many decisions that were.
pub(crate) fn judge(known: &[Known], caller: &Caller, answers: &[Answer]) -> u64 {
    let canaries: Vec<_> = known.iter().flat_map(|case| case.canaries(caller.standing)).collect();
    let mut arrived = vec![false; canaries.len()];
    for Answer { asked, status, told } in answers {
        assert!(*status < 500, "{asked}: {told}");
        for ((canary, may_see), arrived) in canaries.iter().zip(&mut arrived) {
            // What the caller wrote itself comes back in paths and parameters.
            let is_there = told.contains(canary.as_str()) && !asked.contains(canary.as_str());
            assert!(*may_see || !is_there, "{canary} reaches {}, who asked {asked}: {told}", caller.name);
            *arrived |= is_there;
        }
    }
    for ((canary, may_see), arrived) in canaries.iter().zip(&arrived) {
        assert_eq!(may_see, arrived, "{canary} of {}", caller.name);
    }
    (answers.len() * canaries.len()) as u64
}
