//! Folders in memory and of the file system, held to what every folder does.

use super::{FsMedia, MemoryMedia};
use crate::testing::check_media;

#[test]
fn a_folder_in_memory_does_what_every_folder_does() {
    check_media(&MemoryMedia::new());
}

#[test]
fn a_folder_of_the_file_system_does_what_every_folder_does() {
    let path = std::env::temp_dir().join(format!("lithair-media-{}", std::process::id()));
    let media = FsMedia::open(&path).expect("a temporary folder can be made");
    check_media(&media);
    std::fs::remove_dir_all(&path).expect("it is ours");
}
