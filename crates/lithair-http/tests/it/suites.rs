//! Public collections of hard inputs: JSONTestSuite and the naughty strings.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::client::{Client, Service};

/// A part of the test data; prints why the test is skipped where there is none.
fn data(name: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("LITHAIR_TEST_DATA") else {
        eprintln!("SKIP {name}: LITHAIR_TEST_DATA is not set");
        return None;
    };
    let path = PathBuf::from(folder).join(name);
    assert!(path.exists(), "LITHAIR_TEST_DATA has no {name}");
    Some(path)
}

/// Sends bytes that are perhaps no text.
fn post(client: &mut Client, path: &str, body: &[u8]) -> crate::client::Response {
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    client.raw(&[head.as_bytes(), body].concat());
    client.response(false)
}

/// A text without the white space outside of its strings.
fn compact(text: &[u8]) -> String {
    let text = std::str::from_utf8(text).expect("what must be taken is UTF-8");
    let (mut in_string, mut escaped) = (false, false);
    let is_kept = |letter: &char| {
        let is_space = !in_string && letter.is_ascii_whitespace();
        in_string ^= *letter == '"' && !escaped;
        escaped = *letter == '\\' && !escaped;
        !is_space
    };
    text.chars().filter(is_kept).collect()
}

#[test]
fn json_is_taken_and_refused_as_rfc_8259_says() {
    let Some(folder) = data("json-test-suite") else { return };
    let service = Service::with(|config| config.reactors = lithair_http::Reactors::PerThread(1));
    let (mut taken, mut refused, mut either) = (0, 0, 0);
    for file in std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file")) {
        let name = file.file_name().into_string().expect("names are text");
        if !name.ends_with(".json") {
            continue;
        }
        let text = std::fs::read(file.path()).expect("a file");
        // The text is the value of a field that takes any JSON: the first part of a name says what must become of it.
        let number = taken + refused + either;
        let body = [format!("{{\"name\":\"p{number}\",\"extra\":").as_bytes(), &text, b"}"].concat();
        let mut client = service.client();
        let response = post(&mut client, "/api/products", &body);
        match name.as_bytes()[0] {
            b'y' => {
                assert_eq!(response.status, 201, "{name}: {}", response.text());
                assert!(
                    response.text().contains(&compact(&text)),
                    "{name} is kept as it was written: {}",
                    response.text()
                );
                taken += 1;
            }
            b'n' => {
                // Too large for the body's limit is refused too: two files of the suite are 100 kB of brackets.
                assert!(matches!(response.status, 400 | 413), "{name}: {} {}", response.status, response.text());
                refused += 1;
            }
            _ => {
                assert!(response.status < 500, "{name}: {}", response.text());
                either += 1;
            }
        }
    }
    assert!(taken == 95 && refused > 180 && either > 30, "{taken} {refused} {either}");
}

#[test]
fn naughty_strings_come_back_byte_for_byte() {
    let Some(path) = data("naughty-strings.json") else { return };
    let strings: Vec<String> =
        serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("an array of texts");
    assert!(strings.len() > 400);
    let service = Service::start();
    let mut client = service.client();
    for text in &strings {
        let body = json!({ "name": "x", "label": text }).to_string();
        let created = post(&mut client, "/api/tags", body.as_bytes());
        assert_eq!(created.status, 201, "{text:?} {}", created.text());
        assert_eq!(created.json()["label"], Value::String(text.clone()));
        let read = client.send("GET /api/tags/x");
        assert_eq!(read.body, created.body);
        assert_eq!(client.send("DELETE /api/tags/x").status, 204);
    }
    // And as keys in paths, which the server writes itself. Some texts no path can have as a part.
    for text in strings.iter().filter(|text| !["", ".", ".."].contains(&text.as_str())) {
        let created = post(&mut client, "/api/tags", json!({ "name": text }).to_string().as_bytes());
        assert!(matches!(created.status, 201 | 409), "{text:?} {}", created.text());
        if created.status == 201 {
            let read = client.send(&format!("GET {}", created.header("location")));
            assert_eq!(read.json()["name"], Value::String(text.clone()), "{}", created.header("location"));
        }
    }
}
