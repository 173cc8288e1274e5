use std::io::Read as _;

use crate::client::{Response, Service};

fn full() -> Service {
    let service = Service::start();
    for number in 0..60 {
        service.create("tags", &format!(r#"{{"name":"tag-{number:03}","label":"the same words in every label"}}"#));
    }
    service
}

fn unpacked(response: &Response) -> Vec<u8> {
    let mut plain = Vec::new();
    flate2::read::GzDecoder::new(&response.body[..]).read_to_end(&mut plain).expect("is gzip");
    plain
}

#[test]
fn a_large_answer_is_compressed_for_those_who_take_it() {
    let service = full();
    for request in ["GET /api/tags", "GET /api/tags\naccept: application/x-ndjson", "GET /_lithair/openapi.json"] {
        let plain = service.send(request);
        assert_eq!(plain.header("content-encoding"), "", "{request}");
        let packed = service.send(&format!("{request}\naccept-encoding: br, gzip"));
        assert_eq!(packed.header("content-encoding"), "gzip", "{request}");
        assert!(packed.body.len() * 3 < plain.body.len(), "{request}: {} of {}", packed.body.len(), plain.body.len());
        assert_eq!(unpacked(&packed), plain.body, "{request}");
        assert_eq!(packed.header("content-type"), plain.header("content-type"));
    }
}

/// What is larger than a piece is compressed while it is sent.
#[test]
fn a_body_of_many_pieces_is_whole() {
    let service = Service::start();
    for number in 0..20 {
        let label: String = (0..30_000_u32)
            .map(|place| char::from_u32('a' as u32 + place * place % 23 + number).expect("a letter"))
            .collect();
        service.create("tags", &format!(r#"{{"name":"{number}","label":"{label}"}}"#));
    }
    let plain = service.send("GET /api/tags");
    assert!(plain.body.len() > 500_000);
    let packed = service.send("GET /api/tags\naccept-encoding: gzip");
    assert_eq!(packed.header("transfer-encoding"), "chunked");
    assert!(unpacked(&packed) == plain.body);
}

#[test]
fn what_is_small_or_has_a_revision_is_left_as_it_is() {
    let service = Service::start();
    service.create("tags", &format!(r#"{{"name":"a","label":"{}"}}"#, "x".repeat(5_000)));
    for request in ["GET /api/tags/a", "GET /api/tags/none", "GET /health/live"] {
        let response = service.send(&format!("{request}\naccept-encoding: gzip"));
        assert_eq!(response.header("content-encoding"), "", "{request}");
    }
    let off = Service::with(|config| config.compression = false);
    let document = off.send("GET /_lithair/openapi.json\naccept-encoding: gzip");
    assert_eq!((document.header("content-encoding"), document.header("vary")), ("", "accept, authorization, cookie"));
}
