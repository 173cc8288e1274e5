//! What every folder of files does, for tests of those who implement [`Media`].

use std::io::ErrorKind;

use crate::{Media, MediaFile};

/// Holds an empty folder to what [`Media`] and [`MediaFile`] say of every implementation. What a crash leaves is not asked: only a
/// simulated disk can be.
///
/// # Panics
/// The implementation does something else.
pub fn check_media(media: &dyn Media) {
    assert!(!media.place().is_empty(), "messages say where the folder is");
    assert_eq!(names(media), [""; 0], "the folder is empty");
    what_is_not_there_is_not_found(media);
    files_hold_what_was_written(media);
    names_lead_to_files(media);
    one_holder_has_the_folder(media);
}

fn what_is_not_there_is_not_found(media: &dyn Media) {
    assert_eq!(media.open("none").expect_err("there is no such file").kind(), ErrorKind::NotFound);
    assert_eq!(media.rename("none", "other").expect_err("there is no such file").kind(), ErrorKind::NotFound);
    assert_eq!(media.remove("none").expect_err("there is no such file").kind(), ErrorKind::NotFound);
    assert_eq!(names(media), [""; 0], "what fails makes nothing");
}

fn files_hold_what_was_written(media: &dyn Media) {
    let file = media.create("file").expect("is made");
    assert!(file.is_empty().expect("is measured"));
    file.write_all_at(b"abc", 0).expect("is written");
    file.write_all_at(b"XY", 1).expect("is written over");
    assert_eq!(content(&*file), b"aXY");
    file.write_all_at(b"z", 6).expect("is written behind the end");
    assert_eq!(content(&*file), b"aXY\0\0\0z", "what nobody wrote is zero");
    file.sync().expect("is synced");

    let again = media.open("file").expect("is there");
    assert_eq!(content(&*again), b"aXY\0\0\0z", "each who opens a file sees the same");
    again.write_all_at(b"b", 0).expect("is written");
    assert_eq!(content(&*file), b"bXY\0\0\0z");

    let mut bytes = [7; 2];
    file.read_exact_at(&mut bytes, 5).expect("is read to the end");
    assert_eq!(bytes, *b"\0z");
    for offset in [6, 7, 1_000] {
        let read = file.read_exact_at(&mut bytes, offset);
        assert_eq!(read.expect_err("the file ends before").kind(), ErrorKind::UnexpectedEof, "from {offset}");
    }
    let made = media.create("file").expect("is made anew");
    assert!(made.is_empty().expect("is measured"), "one that exists is emptied");
    assert!(media.open("file").expect("is there").is_empty().expect("is measured"));
    media.remove("file").expect("is removed");
}

fn names_lead_to_files(media: &dyn Media) {
    let [first, second] = ["b", "a"].map(|name| {
        let file = media.create(name).expect("is made");
        file.write_all_at(name.as_bytes(), 0).expect("is written");
        file
    });
    assert_eq!(names(media), ["a", "b"], "names are sorted");
    media.rename("b", "c").expect("is renamed");
    assert_eq!(names(media), ["a", "c"]);
    first.write_all_at(b"B", 0).expect("who has it open has it still");
    assert_eq!(content(&*media.open("c").expect("is there")), b"B");
    media.rename("c", "a").expect("replaces what has the name");
    assert_eq!(names(media), ["a"]);
    assert_eq!(content(&*media.open("a").expect("is there")), b"B");
    assert_eq!(content(&*second), b"a", "who reads what was replaced reads on");
    media.sync_directory().expect("is synced");
    media.remove("a").expect("is removed");
    assert_eq!(names(media), [""; 0]);
    assert_eq!(content(&*first), b"B", "who reads what was removed reads on");
}

fn one_holder_has_the_folder(media: &dyn Media) {
    let held = media.lock().expect("nobody has it");
    let refused = media.lock().map(drop).expect_err("somebody has it");
    assert_eq!(refused.kind(), ErrorKind::WouldBlock);
    assert!(!refused.to_string().is_empty(), "it says who");
    drop(held);
    drop(media.lock().expect("it was let go"));
}

fn names(media: &dyn Media) -> Vec<String> {
    media.list().expect("is listed")
}

fn content(file: &dyn MediaFile) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(file.len().expect("is measured")).expect("small")];
    file.read_exact_at(&mut bytes, 0).expect("is read");
    bytes
}
