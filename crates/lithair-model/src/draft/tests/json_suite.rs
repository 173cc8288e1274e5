//! JSONTestSuite (<https://github.com/nst/JSONTestSuite>): the first letter of a file's name says what RFC 8259 makes of it.

use crate::testing::{every_kind, test_data};
use crate::{Draft, DraftError, DraftMode, decode_draft};

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
            decode_draft(&model, &body, DraftMode::Replace, &|_| None)
        });
        let is_malformed = |error: Option<&DraftError>| matches!(error, Some(DraftError::Malformed { .. }));
        // Where the text is not the value itself, a reader would have to choose between two members of one name.
        let is_twice = name.starts_with("y_object_duplicated_key");
        assert_eq!(is_malformed(known.as_ref().err()) || is_twice, is_malformed(unknown.as_ref().err()), "{name}");
        match name.as_bytes()[0] {
            b'y' => {
                assert!(!speaks_of(&known, "/extra data"), "{name}: {known:?}");
                taken += 1;
            }
            b'n' => {
                assert!(is_malformed(known.as_ref().err()), "{name}: {known:?}");
                refused += 1;
            }
            _ => either += 1,
        }
    }
    assert!(taken == 95 && refused > 180 && either > 30, "{taken} {refused} {either}");
}

/// Whether something is wrong with the body itself, or with this field.
fn speaks_of(decoded: &Result<Draft, DraftError>, pointer: &str) -> bool {
    match decoded {
        Ok(_) => false,
        Err(DraftError::Malformed { .. }) => true,
        Err(DraftError::Invalid(violations)) => violations.iter().any(|wrong| wrong.pointer.starts_with(pointer)),
    }
}
