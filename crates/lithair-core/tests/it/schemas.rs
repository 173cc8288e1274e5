//! A program whose models do not fit the data does not start, says why by name, and changes nothing.

use std::sync::Arc;

use lithair_core::model::ModelSchema;
use lithair_core::prelude::*;
use lithair_core::store::{Media as _, MemoryMedia};
use lithair_core::{Engine, StartError};

use crate::engine::options;

mod first {
    use super::*;
    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(super) struct Note {
        #[db(primary_key)]
        pub(super) id: i64,
        pub(super) text: String,
    }
}

mod without_a_field {
    use super::*;
    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(super) struct Note {
        #[db(primary_key)]
        pub(super) id: i64,
    }
}

mod of_another_type {
    use super::*;
    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(super) struct Note {
        #[db(primary_key)]
        pub(super) id: i64,
        pub(super) text: i64,
    }
}

mod with_a_new_required_field {
    use super::*;
    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(super) struct Note {
        #[db(primary_key)]
        pub(super) id: i64,
        pub(super) text: String,
        pub(super) rank: i64,
    }
}

mod with_what_old_records_can_do_without {
    use super::*;
    #[derive(DeclarativeModel)]
    #[permission(all = public)]
    pub(super) struct Note {
        #[db(primary_key)]
        pub(super) id: i64,
        pub(super) text: String,
        #[db(default = 7)]
        pub(super) rank: i64,
        pub(super) hint: Option<String>,
    }
}

fn start(media: &MemoryMedia, schemas: Vec<&'static ModelSchema>) -> Result<Engine, StartError> {
    Engine::open(Arc::new(media.clone()), schemas, options(), Box::new(|_| {}))
}

fn files(media: &MemoryMedia) -> Vec<(String, Vec<u8>)> {
    let bytes = |name: &String| {
        let file = media.open(name).expect("opens");
        let mut bytes = vec![0; usize::try_from(file.len().expect("has a length")).expect("is small")];
        file.read_exact_at(&mut bytes, 0).expect("is read");
        bytes
    };
    media.list().expect("lists").into_iter().map(|name| (name.clone(), bytes(&name))).collect()
}

#[test]
fn what_does_not_fit_is_refused_by_name_and_nothing_changes() {
    let media = MemoryMedia::new();
    start(&media, vec![first::Note::SCHEMA]).expect("starts").close();
    // What a stop leaves behind in the background is done before it returns.
    start(&media, vec![first::Note::SCHEMA]).expect("starts again").close();
    let before = files(&media);
    let cases: [(&str, Vec<&'static ModelSchema>); 4] = [
        ("notes", vec![]),
        ("Note.text", vec![without_a_field::Note::SCHEMA]),
        ("text", vec![of_another_type::Note::SCHEMA]),
        ("Note.rank", vec![with_a_new_required_field::Note::SCHEMA]),
    ];
    for (name, schemas) in cases {
        let error = start(&media, schemas).map(drop).expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
        assert_eq!(files(&media), before, "{name}");
    }
    start(&media, vec![with_what_old_records_can_do_without::Note::SCHEMA]).expect("starts");
}
