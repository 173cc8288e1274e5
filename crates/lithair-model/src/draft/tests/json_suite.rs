//! JSONTestSuite (<https://github.com/nst/JSONTestSuite>): the first letter of a file's name says what RFC 8259 makes of it.

use crate::testing::{every_kind, test_data};
use crate::{DraftError, DraftMode, decode_draft};

#[test]
fn json_is_taken_and_refused_as_rfc_8259_says() {
    let Some(folder) = test_data("json-test-suite") else { return };
    let model = every_kind();
    let (mut taken, mut refused, mut either) = (0, 0, 0);
    for file in std::fs::read_dir(folder).expect("a folder").map(|file| file.expect("a file")) {
        let name = file.file_name().into_string().expect("names are text");
        if !name.ends_with(".json") {
            continue;
        }
        let text = std::fs::read(file.path()).expect("a file");
        // Twice: as the value of a field that takes any JSON, and as one of a field that does not exist.
        let [known, unknown] = ["extra data", "nope"].map(|field| {
            let body = [format!("{{\"{field}\":").as_bytes(), &text, b"}"].concat();
            decode_draft(&model, &body, DraftMode::Patch, &|_| None)
        });
        let is_malformed = |error: Option<&DraftError>| matches!(error, Some(DraftError::Malformed { .. }));
        assert_eq!(is_malformed(known.as_ref().err()), is_malformed(unknown.as_ref().err()), "{name}");
        match name.as_bytes()[0] {
            // The suite takes what RFC 8259, 4, advises against; we refuse it, because readers disagree on what it means.
            b'y' if name.starts_with("y_object_duplicated_key") => {
                assert!(is_malformed(known.as_ref().err()), "{name}")
            }
            b'y' => {
                assert!(known.is_ok(), "{name}: {known:?}");
                taken += 1;
            }
            b'n' => {
                assert!(is_malformed(known.as_ref().err()), "{name}: {known:?}");
                refused += 1;
            }
            _ => either += 1,
        }
    }
    assert!(taken > 90 && refused > 180 && either > 30, "{taken} {refused} {either}");
}
